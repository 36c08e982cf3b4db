// Serves directories as models of a hub, and prints its address:
//   HUB_TOKEN=hf_test node scripts/reference/serve-hub.js NAME=DIRECTORY…
import { filesOf, startHub } from "../../packages/hub/src/testing/hub-server.js";

const models = process.argv.slice(2).map((argument) => argument.split("="));
const hub = await startHub(Object.fromEntries(models.map(([name, directory]) => [name, filesOf(directory)])));
hub.state.token = process.env.HUB_TOKEN;
console.log(hub.url);
