/** Words that columns are often named with. A name can join several of them: `review_text`, `goldLabel`, `#1 String`. */
const WORDS = new Set(
  [
    "label labels class classes classification category categories target targets y tag tags gold annotation annotations",
    "sentiment sentiments polarity emotion intent topic rating ratings star stars score scores quality outcome similarity",
    "text texts txt sentence sentences sent review reviews content contents comment comments title titles body message",
    "messages tweet tweets document documents doc description query utterance input string question answer premise",
    "hypothesis passage pair data value name id ids idx index guid key no number row split source date",
    "标签 标注 类别 类型 分类 情感 情绪 情感倾向 评分 星级 打分 主题 意图 文本 内容 评论 评论内容 评价 标题 句子 问题 正文 序号 编号 数据 题目",
  ].flatMap((line) => line.split(" ")),
);
const MAX_NAME_LENGTH = 40;
const MAX_WORDS = 4;

/** Returns whether a text is the name of a column: it consists of words that columns are often named with. */
export function isColumnName(text: string): boolean {
  if (text.length > MAX_NAME_LENGTH) return false;
  const words = text
    .normalize("NFKC")
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== "");
  return words.length > 0 && words.length <= MAX_WORDS && words.every((word) => WORDS.has(word));
}

/** Returns whether a text has the form of a name: one word of letters, digits, `_`, `-` and `.` that starts with a letter. */
export function isIdentifier(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && /^[\p{L}_#][\p{L}\p{N}_.-]*$/u.test(text);
}
