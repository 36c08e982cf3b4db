// POST /api/tokenize with text answers its token ids: {"ids": […]}. The route runs in the edge runtime, near the visitor.
import { BertTokenizer } from "@bertie/tokenizer-wasm";

export const runtime = "edge";

const MAX_LENGTH = 100_000;
const vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\nworld\n!";
let loading: Promise<BertTokenizer> | undefined;

export async function POST(request: Request): Promise<Response> {
  const text = await request.text();
  if (text.length > MAX_LENGTH) return new Response(`Send at most ${MAX_LENGTH} characters.\n`, { status: 413 });
  loading ??= BertTokenizer.fromVocab(vocabulary, { lowercase: true });
  const { ids } = (await loading).encode(text, { maxLength: 512 });
  return Response.json({ ids: [...ids] });
}
