import { serve } from "../workers/serve.ts";

serve(import("./tokenizer-service.ts").then(({ service }) => service));
