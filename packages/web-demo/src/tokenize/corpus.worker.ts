import { serve } from "../workers/serve.ts";

serve(import("./corpus-service.ts").then(({ service }) => service));
