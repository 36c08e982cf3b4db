declare module "*/vocab.txt" {
  const text: string;
  export default text;
}
