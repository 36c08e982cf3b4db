// The API reference: one page per package, written to reference/api by scripts/docs.js.
import { Converter, ReflectionKind } from "typedoc";
import { apiPackages } from "./.vitepress/pages.js";

/** Renames the modules from folder names to the names that users import. */
function nameModules(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return;
    reflection.name = apiPackages[reflection.name.replace(/\/src$/, "")] ?? reflection.name;
  });
}

export default {
  plugin: ["typedoc-plugin-markdown", nameModules],
  name: "API reference",
  tsconfig: "tsconfig.typedoc.json",
  entryPoints: Object.keys(apiPackages).map((folder) => `../packages/${folder}/src/index.ts`),
  out: "reference/api",
  readme: "none",
  sortEntryPoints: false,
  sort: ["source-order"],
  kindSortOrder: ["Function", "Class", "Interface", "TypeAlias", "Variable"],
  disableSources: true,
  githubPages: false,
  outputFileStrategy: "modules",
  entryFileName: "index.md",
  hideBreadcrumbs: true,
  hidePageHeader: true,
  pageTitleTemplates: { module: "{name}" },
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  classPropertiesFormat: "table",
  typeDeclarationFormat: "table",
  useHTMLEncodedBrackets: true,
  sanitizeComments: true,
  // Links need explicit anchors: two declarations can differ only in case, and a declaration can be named like a section.
  useCustomAnchors: true,
  anchorPrefix: "api-",
};
