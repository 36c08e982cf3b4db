// The default theme without its web font, with a list of all pages for the home page, and with a page for missing addresses
// that has a main landmark.
import { useData, withBase } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { h } from "vue";
import "./style.css";

const href = (link) => withBase(link.replace(/(?<!\/)$/, ".html"));

/** Lists the pages of the sidebar by their sections. */
function PageList() {
  const { theme } = useData();
  return theme.value.sidebar.map(({ text, items }) => [
    h("h2", text),
    h(
      "ul",
      items.map((item) => h("li", h("a", { href: href(item.link) }, item.text))),
    ),
  ]);
}

function NotFound() {
  const { lang } = useData();
  const [title, home, path] = lang.value.startsWith("zh")
    ? ["页面不存在", "返回首页", "/zh/"]
    : ["Page not found", "Home page", "/"];
  return h("main", { class: "vp-doc missing-page" }, [h("h1", title), h("p", h("a", { href: withBase(path) }, home))]);
}

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, { "not-found": () => h(NotFound) }),
  enhanceApp: ({ app }) => app.component("PageList", PageList),
};
