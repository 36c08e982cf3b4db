"""Checks that Python's huggingface_hub and Bertie share one cache, in both directions, against the test server of a hub.

    pip install huggingface_hub
    node scripts/build.js && python3 scripts/reference/hub-cache.py

1. Python downloads a model through the test server, which shows that the server speaks the API of the hub.
2. Bertie reads the cache that Python has made, without a connection.
3. Bertie downloads another model, and Python reads this cache without a connection, lists it and verifies its files.
4. Bertie uploads a directory, and Python downloads it.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "packages/model/fixtures/architectures/bert"
TOKEN = "hf_test"

hub = subprocess.Popen(
    ["node", ROOT / "scripts/reference/serve-hub.js", f"ann/one={MODEL}", f"ann/two={MODEL}"],
    env={**os.environ, "HUB_TOKEN": TOKEN},
    stdout=subprocess.PIPE,
    text=True,
)
endpoint = hub.stdout.readline().strip()
work = Path(tempfile.mkdtemp(prefix="bertie-hub-"))
online = {**os.environ, "HF_ENDPOINT": endpoint, "HF_HOME": str(work / "home"), "HF_HUB_OFFLINE": "0", "HF_TOKEN": TOKEN}
offline = {**online, "HF_HUB_OFFLINE": "1", "HF_ENDPOINT": "http://127.0.0.1:9"}


def run(command, env):
    result = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{command}: {result.stdout}{result.stderr}")
    return result.stdout


def python(code, env):
    return run([sys.executable, "-c", code], env)


def bertie_files(name, env):
    """Returns the SHA-256 hashes of a model's files as Bertie reads them."""
    code = f"""
      import {{ createHash }} from "node:crypto";
      import {{ openHubModel }} from "./packages/hub/dist/index.js";
      const model = await openHubModel({json.dumps(name)});
      const hashes = {{}};
      for (const path of await model.list(""))
        hashes[path] = createHash("sha256").update(await model.read(path)).digest("hex");
      console.log(JSON.stringify(hashes));
    """
    return json.loads(run(["node", "--input-type=module", "-e", code], env))


def hashes_of(folder):
    paths = [path for path in Path(folder).rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


try:
    expected = hashes_of(MODEL)
    snapshot = "from huggingface_hub import snapshot_download; print(snapshot_download({name!r}))"
    version = python("import huggingface_hub; print(huggingface_hub.__version__)", online).strip()

    assert hashes_of(python(snapshot.format(name="ann/one"), online).strip()) == expected
    assert bertie_files("ann/one", offline) == expected
    print(f"huggingface_hub {version}: Bertie reads its cache")

    assert bertie_files("ann/two", online) == expected
    assert hashes_of(python(snapshot.format(name="ann/two"), offline).strip()) == expected
    scan = "from huggingface_hub import scan_cache_dir; c = scan_cache_dir(); print(sorted(r.repo_id for r in c.repos), c.warnings)"
    assert python(scan, online).strip() == "['ann/one', 'ann/two'] []", python(scan, online)
    print(f"huggingface_hub {version}: reads Bertie's cache")

    run(["node", "packages/cli/bin/bertie.js", "push", str(MODEL), "ann/pushed", "--private"], online)
    pushed = hashes_of(python(snapshot.format(name="ann/pushed"), online).strip())
    pushed.pop(".gitattributes")
    assert pushed == expected
    print(f"huggingface_hub {version}: downloads what Bertie has uploaded")
finally:
    hub.kill()
