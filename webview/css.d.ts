declare module '*.css' {
  /** The style sheet's text, for imports `with { type: 'text' }`. */
  const text: string;
  export default text;
}
