// The default theme without its web font.
export { default } from "vitepress/theme-without-fonts";

import "./style.css";
