// Replaces the default theme's composable of the same name. A page that exists in only one language links to the home page of
// the other language instead of a missing page.
import { useData } from "vitepress";
import { computed } from "vue";

export function useLangs({ correspondingLink = false } = {}) {
  const { site, localeIndex, page, theme, hash } = useData();
  const homeOf = (key) => (key === "root" ? "/" : `/${key}/`);
  const currentLang = computed(() => ({
    label: site.value.locales[localeIndex.value]?.label,
    link: homeOf(localeIndex.value),
  }));
  const localeLinks = computed(() => {
    const path = page.value.relativePath.slice(currentLang.value.link.length - 1);
    const isTranslated = correspondingLink && theme.value.translatedPages.includes(path);
    const address = isTranslated ? path.replace(/(^|\/)index\.md$/, "$1").replace(/\.md$/, ".html") + hash.value : "";
    return Object.entries(site.value.locales)
      .filter(([key]) => key !== localeIndex.value)
      .map(([key, { label }]) => ({ text: label, link: homeOf(key) + address }));
  });
  return { localeLinks, currentLang };
}
