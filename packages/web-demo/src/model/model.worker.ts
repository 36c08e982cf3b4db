import { serve } from "../workers/serve.ts";

serve(import("./model-service.ts").then(({ service }) => service));
