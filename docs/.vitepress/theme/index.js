// The default theme without its web font, and with a page for missing addresses that has a main landmark.
import { useData, withBase } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { h } from "vue";
import "./style.css";

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
};
