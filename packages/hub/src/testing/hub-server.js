// @ts-self-types="./hub-server.d.ts"
// A server with the parts of the Hugging Face Hub's API that downloads and uploads of models use. Both @huggingface/hub and
// Python's huggingface_hub work with it. Plain JavaScript, so that Deno, the tests of Chromium and scripts can start it, too.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

/** Files from this size are stored in Git LFS, as weights are on the hub. */
const LFS_BYTES = 4096;

const sha = (algorithm, ...parts) =>
  parts.reduce((hash, part) => hash.update(part), createHash(algorithm)).digest("hex");

/**
 * Starts a hub.
 *
 * @param {Record<string, Record<string, string | Uint8Array>>} models files of the branch main of each model
 * @returns the address of the server, the log of its requests, and functions that change its behavior
 */
export async function startHub(models = {}, { port = 0 } = {}) {
  const repositories = new Map();
  const uploads = new Map();
  const requests = [];
  const state = {
    token: undefined,
    cut: undefined,
    corrupt: undefined,
    status: undefined,
    ignoresRange: false,
    hangs: false,
    pageSize: 1000,
  };

  function commit(name, branch, files) {
    const repo = repositories.get(name) ?? { branches: new Map(), commits: new Map(), private: false, gated: false };
    repositories.set(name, repo);
    const parent = repo.branches.get(branch);
    const all = new Map(repo.commits.get(parent));
    for (const [path, content] of Object.entries(files)) {
      if (content === undefined) all.delete(path);
      else all.set(path, Buffer.from(content));
    }
    const id = sha("sha1", name, branch, String(repo.commits.size), ...[...all].flat());
    repo.commits.set(id, all);
    repo.branches.set(branch, id);
    return id;
  }

  function fileFacts([path, bytes]) {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha("sha256", bytes)}\nsize ${bytes.length}\n`;
    const isLfs = bytes.length >= LFS_BYTES;
    const blob = isLfs ? Buffer.from(pointer) : bytes;
    const oid = sha("sha1", `blob ${blob.length}\0`, blob);
    const lfs = isLfs && { lfs: { oid: sha("sha256", bytes), size: bytes.length, pointerSize: blob.length } };
    return { type: "file", oid, size: bytes.length, path, ...lfs };
  }

  async function handle(request, response) {
    const url = new URL(request.url, "http://hub");
    const path = decodeURIComponent(url.pathname);
    const { authorization, range } = request.headers;
    requests.push({ method: request.method, path, host: request.headers.host, range, authorization });
    const send = (status, headers, body) => {
      response.writeHead(status, headers);
      response.end(request.method === "HEAD" ? undefined : body);
    };
    const json = (value, status = 200, headers = {}) =>
      send(status, { "content-type": "application/json", ...headers }, JSON.stringify(value));
    const refuse = (status, code, headers = {}) =>
      json({ error: code }, status, { ...(code && { "x-error-code": code, "x-error-message": code }), ...headers });
    if (state.hangs) return;
    if (state.status !== undefined)
      return refuse(state.status, undefined, state.status === 429 ? { "retry-after": "17" } : {});
    const isSigned = url.searchParams.has("storage");
    const isOwner = state.token !== undefined && authorization === `Bearer ${state.token}`;
    if (authorization !== undefined && !isOwner && state.token !== undefined) return refuse(401, undefined);
    const body = async () => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      return Buffer.concat(chunks);
    };

    if (path === "/api/repos/create") {
      const { name, organization, visibility, private: isPrivate } = JSON.parse(await body());
      if (!isOwner) return refuse(401, undefined);
      const id = organization ? `${organization}/${name}` : name;
      if (repositories.has(id)) return json({ error: "exists", url: `http://${request.headers.host}/${id}` }, 409);
      commit(id, "main", { ".gitattributes": "*.safetensors filter=lfs\n" });
      repositories.get(id).private = visibility === "private" || isPrivate === true;
      return json({ url: `http://${request.headers.host}/${id}`, id });
    }
    if (path.startsWith("/lfs/")) {
      const bytes = await body();
      if (sha("sha256", bytes) !== path.slice(5)) return refuse(400, undefined);
      uploads.set(path.slice(5), bytes);
      return send(200, {});
    }

    const [, isApi, name, action, rest = ""] =
      /^\/(api\/models\/)?([^/]+(?:\/[^/]+)??)(?:\/(revision|tree|resolve|preupload|commit|branch)\/(.+))?(?:\.git\/info\/lfs\/objects\/batch)?$/.exec(
        path,
      ) ?? [];
    const repo = repositories.get(name);
    if (repo === undefined || (repo.private && !isOwner && !isSigned))
      return refuse(authorization ? 404 : 401, "RepoNotFound");
    if (path.endsWith("/objects/batch")) {
      const { objects } = JSON.parse(await body());
      const upload = (oid) => ({ actions: { upload: { href: `http://${request.headers.host}/lfs/${oid}` } } });
      return json({
        transfer: "basic",
        objects: objects.map(({ oid, size }) => ({ oid, size, ...(!uploads.has(oid) && upload(oid)) })),
      });
    }
    if (action === "preupload") {
      const { files } = JSON.parse(await body());
      const mode = (size) => (size >= LFS_BYTES ? "lfs" : "regular");
      return json({
        files: files.map((file) => ({ path: file.path, uploadMode: mode(file.size), shouldIgnore: false })),
      });
    }
    if (action === "branch") {
      if (!isOwner) return refuse(403, undefined);
      repo.branches.set(rest, repo.branches.get("main"));
      return json({});
    }
    if (action === "commit") {
      if (!isOwner) return refuse(403, undefined);
      const lines = String(await body())
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      const files = lines.flatMap(({ key, value }) => {
        if (key === "file") return [[value.path, Buffer.from(value.content, "base64")]];
        if (key === "lfsFile") return [[value.path, uploads.get(value.oid)]];
        return [];
      });
      const summary = lines.find(({ key }) => key === "header").value.summary;
      const commitOid = commit(name, rest, Object.fromEntries(files));
      repo.summary = summary;
      return json({
        success: true,
        commitOid,
        commitUrl: `http://${request.headers.host}/${name}/commit/${commitOid}`,
        hookOutput: "",
      });
    }

    const ref = Object.assign(
      [...repo.branches.keys(), ...repo.commits.keys(), "HEAD"].filter(
        (key) => rest === key || rest.startsWith(`${key}/`),
      ),
    );
    const key = action === undefined ? "HEAD" : ref[0];
    const id = key === "HEAD" ? repo.branches.get("main") : (repo.branches.get(key) ?? key);
    const files = repo.commits.get(id);
    if (files === undefined) return refuse(404, "RevisionNotFound");
    if (isApi && action !== "tree") {
      const siblings = [...files.keys()].map((rfilename) => ({ rfilename }));
      return json({
        _id: id.slice(0, 24),
        id: name,
        modelId: name,
        sha: id,
        private: repo.private,
        gated: repo.gated && "manual",
        tags: [],
        downloads: 0,
        likes: 0,
        lastModified: "2026-01-01T00:00:00.000Z",
        createdAt: "2026-01-01T00:00:00.000Z",
        siblings,
      });
    }
    if (isApi) {
      const start = Number(url.searchParams.get("cursor") ?? 0);
      const end = start + state.pageSize;
      url.searchParams.set("cursor", end);
      const next = `<http://${request.headers.host}${url.pathname}${url.search}>; rel="next"`;
      return json([...files].slice(start, end).map(fileFacts), 200, end < files.size ? { link: next } : {});
    }
    if (repo.gated && !isOwner && !isSigned) return refuse(authorization ? 403 : 401, "GatedRepo");

    const file = rest.slice(key.length + 1);
    const bytes = files.get(file);
    if (bytes === undefined) return refuse(404, "EntryNotFound", { "x-repo-commit": id });
    const { oid, lfs } = fileFacts([file, bytes]);
    const etag = `"${lfs?.oid ?? oid}"`;
    const common = { "x-repo-commit": id, "accept-ranges": "bytes", "access-control-expose-headers": "*" };
    // Large files are on another address, as on the hub.
    if (lfs !== undefined && !isSigned) {
      const location = `http://localhost:${server.address().port}${url.pathname}?storage=1`;
      return send(302, {
        ...common,
        location,
        "x-linked-etag": etag,
        "x-linked-size": bytes.length,
        "content-length": 0,
      });
    }
    const start = state.ignoresRange ? 0 : Number(/^bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0);
    const last = /^bytes=\d+-(\d+)$/.exec(range ?? "")?.[1];
    const end = last === undefined || state.ignoresRange ? bytes.length : Math.min(bytes.length, Number(last) + 1);
    const isPart = range !== undefined && !state.ignoresRange;
    if (isPart && start >= bytes.length) return send(416, common);
    const part = Buffer.from(bytes.subarray(start, end));
    if (state.corrupt === file) part[part.length - 1] ^= 1;
    response.writeHead(isPart ? 206 : 200, {
      ...common,
      etag,
      "content-type": "application/octet-stream",
      "content-length": part.length,
      ...(isPart && { "content-range": `bytes ${start}-${end - 1}/${bytes.length}` }),
    });
    if (request.method === "HEAD") return response.end();
    if (state.cut?.file !== file || state.cut.times <= 0) return response.end(part);
    state.cut.times--;
    response.write(part.subarray(0, state.cut.after), () => setTimeout(() => response.destroy(), 20));
  }

  for (const [name, files] of Object.entries(models)) commit(name, "main", files);
  const server = createServer((request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "*");
    if (request.method === "OPTIONS") return response.end();
    handle(request, response).catch((error) => response.destroy(error));
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    state,
    repositories,
    commit,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Returns the files of a directory. */
export function filesOf(directory) {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path.slice(directory.length + 1), readFileSync(path)]));
}
