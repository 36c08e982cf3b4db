/** Names of columns by role, in groups: a name of an earlier group outranks the names of later groups. */
const TEXT: readonly string[] = [
  "text texts document documents doc utterance sentence sentences review reviews comment comments content contents body message messages tweet post article passage description snippet feedback sms email transcript review_text review_body reviewtext comment_text input 文本 内容 评论 正文 句子 评价 留言 文章 点评 评论内容 评价内容 短信 微博 消息 本文 テキスト レビュー コメント 文 텍스트 문장 리뷰 댓글 본문 내용 текст отзыв отзывы комментарий сообщение предложение содержание твит texte avis commentaire phrase contenu kommentar satz inhalt nachricht rezension bewertungstext texto reseña comentario frase oración contenido mensaje opinión opinion comentário avaliação mensagem testo recensione commento contenuto messaggio tekst recenzja komentarz zdanie treść opinia recenze komentář věta metin yorum cümle κείμενο σχόλιο κριτική 內容 評論 文字 評價 留言內容",
  "title headline summary abstract subject question query phrase name 标题 摘要 题目 问题 標題 タイトル 題名 제목 заголовок titre titel título titolo tytuł",
];
const LABEL: readonly string[] = [
  "label labels target y class gold_label label_id class_id label_text label_name 标签 类别 标注 標籤 類別 ラベル クラス 라벨 레이블 метка класс étiquette classe label_ klasse etikett etiqueta clase rótulo etichetta etykieta klasa třída štítek etiket sınıf ετικέτα κατηγορία",
  "category categories sentiment polarity stars star rating ratings star_rating score tag tags topic topics intent emotion emotions quality is_duplicate toxic toxicity spam type stance grade result rate overall similarity 情感 分类 类型 评分 星级 情绪 极性 主题 意图 得分 分數 分類 情緒 評分 カテゴリ カテゴリー 評価 感情 星 分類 분류 감정 평점 별점 카테고리 категория тональность оценка рейтинг тема catégorie note étoiles kategorie stimmung sterne bewertung thema categoría sentimiento estrellas puntuación nota categoria sentimento estrelas voto stelle kategoria ocena sentyment kategorie_ hodnocení kategori duygu puan βαθμολογία",
];
const ID =
  "id idx index guid uuid row row_id rowid no num number key # review_id sentence_id pair_id pairid example_id doc_id 编号 序号 編號 番号 번호 номер nr numéro número numer unnamed:_0";
const GROUP =
  "group groups user user_id userid author author_id customer_id customer reviewer reviewer_id product product_id asin hotel hotel_id 用户 作者 分组 用户id";
/** Pairs of columns that form one input, in the order of their texts. */
const PAIRS: readonly (readonly [text: string, pair: string])[] = [
  ["sentence1", "sentence2"],
  ["premise", "hypothesis"],
  ["question1", "question2"],
  ["question", "answer"],
  ["question", "sentence"],
  ["question", "context"],
  ["question", "passage"],
  ["query", "passage"],
  ["query", "document"],
  ["query", "response"],
  ["text_a", "text_b"],
  ["text1", "text2"],
  ["text", "text_pair"],
  ["texta", "textb"],
  ["s1", "s2"],
  ["句子1", "句子2"],
  ["问题", "答案"],
  ["前提", "假设"],
];

const split = (names: string) => new Set(names.split(" "));
const [texts, labels] = [TEXT.map(split), LABEL.map(split)];
const [ids, groups] = [split(ID), split(GROUP)];
const known = new Set([...texts, ...labels, ids, groups].flatMap((names) => [...names]).concat(PAIRS.flat()));

/** Returns the name of a column for comparison: in lower case, with `_` between words. */
export function normalizeName(name: string): string {
  return name
    .normalize("NFKC")
    .trim()
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1_$2")
    .toLowerCase()
    .replace(/[\s_.-]+/g, "_");
}

/** Returns whether a cell is a common name of a column. */
export function isColumnName(cell: string): boolean {
  return known.has(normalizeName(cell));
}

/** Returns how well a name fits a role: 0 is best; undefined if the name does not fit. */
export function rankOf(name: string, role: "text" | "label"): number | undefined {
  const key = normalizeName(name);
  const sets = role === "text" ? texts : labels;
  const rank = sets.findIndex((names) => names.has(key));
  if (rank >= 0) return rank;
  const parts = key.split("_");
  if (parts.length < 2 || parts.some((part) => ids.has(part))) return undefined;
  return sets.some((names) => parts.some((part) => part.length > 1 && names.has(part))) ? sets.length : undefined;
}

export function isIdName(name: string): boolean {
  const key = normalizeName(name);
  return key === "" || ids.has(key) || /(^|_)(id|idx|uuid|guid)$/.test(key);
}

export function isGroupName(name: string): boolean {
  return groups.has(normalizeName(name));
}

/** Returns the indices of two columns whose names form a pair. */
export function pairOf(names: readonly string[]): readonly [text: number, pair: number] | undefined {
  const keys = names.map(normalizeName);
  for (const [text, pair] of PAIRS) {
    const found = [keys.indexOf(text), keys.indexOf(pair)] as const;
    if (found[0] >= 0 && found[1] >= 0) return found;
  }
  return undefined;
}
