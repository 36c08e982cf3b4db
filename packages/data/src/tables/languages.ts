/** Character frequencies of a language that is written with an alphabet. */
export interface Alphabet {
  readonly name: string;
  /** Letters in the order of their frequency; for languages in Latin letters, only the letters outside of ASCII. */
  readonly letters: string;
  /** Common words of a language in Latin letters, without letters outside of ASCII. */
  readonly words?: string;
  /** Share of typographic punctuation among the characters outside of ASCII. */
  readonly punctuation: number;
  readonly encodings: readonly string[];
}

/** Character frequencies of a language that is written with ideographs or syllables. */
export interface Syllabary {
  readonly name: string;
  readonly encoding: string;
  /** Groups of characters in the order of their frequency, with the share of each group in a text. */
  readonly groups: readonly (readonly [characters: string, share: number])[];
  /** Lead bytes of the common characters in the double-byte table of an encoding, and their share in a text. */
  readonly common: { readonly encoding: string; readonly from: number; readonly to: number; readonly share: number };
}

const WEST = ["windows-1252", "iso-8859-15", "macintosh"];
const CENTRAL = ["windows-1250", "iso-8859-2"];
const CYRILLIC = ["windows-1251", "koi8-r", "iso-8859-5", "ibm866", "x-mac-cyrillic"];

/** Punctuation outside of ASCII, in the order of its frequency. */
export const PUNCTUATION = "’“”–—…«»‘€°„‚\u00a0£№·•©®™§²½¿¡´";

export const ALPHABETS: readonly Alphabet[] = [
  {
    name: "English",
    letters: "éèïöüñçáêâ",
    words: "the and is to of in it was for not",
    punctuation: 0.9,
    encodings: WEST,
  },
  {
    name: "French",
    letters: "éàèêçôûùîâœëïü",
    words: "le de la les des et est pas un une",
    punctuation: 0.15,
    encodings: WEST,
  },
  {
    name: "German",
    letters: "üäößéàè",
    words: "und der die das ist nicht ein mit den von",
    punctuation: 0.1,
    encodings: WEST,
  },
  {
    name: "Spanish",
    letters: "óáíéñúü",
    words: "de la que el en los las por con no",
    punctuation: 0.1,
    encodings: WEST,
  },
  {
    name: "Portuguese",
    letters: "ãçáéíóõêúâôà",
    words: "de que do da os em para com um uma",
    punctuation: 0.08,
    encodings: WEST,
  },
  {
    name: "Italian",
    letters: "èàùòìé",
    words: "di che il la per non un una del con",
    punctuation: 0.2,
    encodings: WEST,
  },
  { name: "Danish", letters: "åøæéöä", words: "og det er til en af ikke med den", punctuation: 0.06, encodings: WEST },
  {
    name: "Swedish",
    letters: "äåöéü",
    words: "och det som en att inte med den till",
    punctuation: 0.06,
    encodings: WEST,
  },
  {
    name: "Icelandic",
    letters: "áðíéóþöúæý",
    words: "og er ekki sem var",
    punctuation: 0.06,
    encodings: ["windows-1252", "macintosh"],
  },
  { name: "Polish", letters: "łęąóżśćńź", words: "nie w na do jest to z i sie", punctuation: 0.06, encodings: CENTRAL },
  {
    name: "Czech",
    letters: "íáěéýřžčšůúňťóď",
    words: "na se je v to s ve pro jako",
    punctuation: 0.06,
    encodings: CENTRAL,
  },
  {
    name: "Slovak",
    letters: "áíéčýžšúľťňôóäďĺŕ",
    words: "na sa je v to s vo pre ako",
    punctuation: 0.06,
    encodings: CENTRAL,
  },
  { name: "Hungarian", letters: "éáőöóüíűú", words: "az a hogy nem egy is van", punctuation: 0.06, encodings: CENTRAL },
  {
    name: "Romanian",
    letters: "ăîâșțşţ",
    words: "de nu la o cu pe este un",
    punctuation: 0.06,
    encodings: ["windows-1250", "iso-8859-2", "iso-8859-16"],
  },
  { name: "Croatian", letters: "čšžćđ", words: "je i na se da za nije su", punctuation: 0.06, encodings: CENTRAL },
  {
    name: "Turkish",
    letters: "ışüğçöİâ",
    words: "bir ve bu ne da de ile",
    punctuation: 0.06,
    encodings: ["windows-1254"],
  },
  {
    name: "Lithuanian",
    letters: "ėųšžįūčąę",
    words: "ir yra tai su kad ne",
    punctuation: 0.06,
    encodings: ["windows-1257", "iso-8859-13"],
  },
  {
    name: "Latvian",
    letters: "āīšēūžņļģčķ",
    words: "un ir ar par no es",
    punctuation: 0.06,
    encodings: ["windows-1257", "iso-8859-13"],
  },
  { name: "Russian", letters: "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", punctuation: 0.03, encodings: CYRILLIC },
  {
    name: "Ukrainian",
    letters: "оанітвреисклмудпяьзгбчйжхцюїєшщфґ",
    punctuation: 0.03,
    encodings: ["windows-1251", "koi8-u", "iso-8859-5", "x-mac-cyrillic"],
  },
  {
    name: "Bulgarian",
    letters: "аеиотнрсвлкдпмъзугябчйцжщхшфюь",
    punctuation: 0.03,
    encodings: ["windows-1251", "iso-8859-5"],
  },
  {
    name: "Greek",
    letters: "αοιετσνηυρπκμλςόίάέωήδγύχθφώβξζψϊ",
    punctuation: 0.03,
    encodings: ["windows-1253", "iso-8859-7"],
  },
  {
    name: "Hebrew",
    letters: "יוהלאתמרשבנםדעחקכצגפזטסןףךץ",
    punctuation: 0.02,
    encodings: ["windows-1255", "iso-8859-8"],
  },
  {
    name: "Arabic",
    letters: "اليمنوتربةعدسفهكحقأجشىصخطذزضإءغثئظآؤ",
    punctuation: 0.03,
    encodings: ["windows-1256", "iso-8859-6"],
  },
  {
    name: "Thai",
    letters: "านรกอเงมย่ลวดทส้ตัะบคปีแิใ์หจุพไช็ืซูโขธศญผถณฟฉฮษำึภฤ",
    punctuation: 0.01,
    encodings: ["windows-874"],
  },
];

const HAN_PUNCTUATION = "，。！、？：；“”（）《》…—·～【】‘’「」『』";

export const SYLLABARIES: readonly Syllabary[] = [
  {
    name: "Chinese (simplified)",
    encoding: "gb18030",
    groups: [
      [HAN_PUNCTUATION, 0.1],
      [
        "的一是不了在有我他人这个们来上大和到说地子你就时要也那得出会下可以还好自么没过对多心家都天能看点起去后很小学里方生用现想中为之样然事如只道日当前把本没开些所种面因发从成行间手知作经西长老高二三房间感觉服务酒店价格东质量便宜问题电商品快送货买用书写孩喜欢内容但比较错真太觉给做让吃带打店客卖收等级换装机屏键盘速度早餐位置环境卫住酒总度分评差满意非常推荐建议性能外观声音系统新题明公动两最主意回头第年几无实定加又名全其法理产理部体进通力关重美表同此应使次情每直车海月话水电气风光走见听像候路",
        0.62,
      ],
    ],
    common: { encoding: "gbk", from: 0xb0, to: 0xd7, share: 0.25 },
  },
  {
    name: "Chinese (traditional)",
    encoding: "big5",
    groups: [
      [HAN_PUNCTUATION, 0.1],
      [
        "的一是不了在有我他人這個們來上大和到說地子你就時要也那得出會下可以還好自麼沒過對多心家都天能看點起去後很小學裡方生用現想中為之樣然事如只道日當前把本沒開些所種面因發從成行間手知作經西長老高二三房間感覺服務飯店價格東質量便宜問題電商品快送貨買用書寫孩喜歡內容但比較錯真太覺給做讓吃帶打店客賣收等級換裝機螢幕速度早餐位置環境住總度分評差滿意非常推薦建議性能外觀聲音系統新題明公動兩最主意回頭第年幾無實定加又名全其法理產部體進通力關重美表同此應使次情每直車海月話水電氣風光走見聽像候路",
        0.62,
      ],
    ],
    common: { encoding: "big5", from: 0xa4, to: 0xc6, share: 0.25 },
  },
  ...["shift_jis", "euc-jp"].map((encoding) => ({
    name: "Japanese",
    encoding,
    groups: [
      ["、。！？「」ー・（）…～", 0.12],
      [
        "のいたにしてとはをがなでるかもれすさっまりくあこきらよせどちうおけやえわそつんじだめみねろげべばほごゆへびずぶむぜぐひょゃしゅぎぼぬぱふぽぞぢづぴぷ",
        0.5,
      ],
      [
        "ンスルトリアイラクドシレタフッジコロプメサマテビバオムエデカグキパチブナウニミモュセワハボョネケノャズホベヤソピユヒポィゴペァガダザツェゾヌゼギゲ",
        0.12,
      ],
      [
        "日人本大出年時分中行国見上思今前生気手間自者方会合場部屋物店事良長子小入使私高来最感味商品料理映画電音楽買用対応丁寧届面白説明書読円駅近朝食静清潔値段質問題悪古新作何度期待満足残念",
        0.12,
      ],
    ] as const,
    common: { encoding: "euc-jp", from: 0xb0, to: 0xcf, share: 0.12 },
  })),
  {
    name: "Korean",
    encoding: "euc-kr",
    groups: [
      [
        "이다는에을고가하지로도은한를인서대어자사기시의아나리요게스해습니었있그전수일부보들만정으제라안여것할과거주면없좋구상장오너무네우신방경모비원실소히음정생물분말때무더조계동명세공체마직속행화당선영미용유연결문식품질배송매추천다중간적습건",
        0.7,
      ],
    ],
    common: { encoding: "euc-kr", from: 0xb0, to: 0xc8, share: 0.27 },
  },
];
