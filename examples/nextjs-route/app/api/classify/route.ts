// POST /api/classify with {"texts": ["…", …]} answers {"labels": [[{"label": "…", "score": 0.…}, …], …]}.
import { classifier } from "../../../classifier";

export const runtime = "nodejs";

const limit = { texts: 64, characters: 10_000 };

export async function POST(request: Request): Promise<Response> {
  const texts = textsOf(await request.json().catch(() => undefined));
  if (texts === undefined) {
    const error = `expected {"texts": […]} with 1 to ${limit.texts} strings of at most ${limit.characters} characters`;
    return Response.json({ error }, { status: 400 });
  }
  return Response.json({ labels: await (await classifier()).classify(texts) });
}

function textsOf(body: unknown): string[] | undefined {
  const texts = typeof body === "object" && body !== null && "texts" in body ? body.texts : undefined;
  const isText = (text: unknown): text is string => typeof text === "string" && text.length <= limit.characters;
  return Array.isArray(texts) && texts.length > 0 && texts.length <= limit.texts && texts.every(isText)
    ? texts
    : undefined;
}
