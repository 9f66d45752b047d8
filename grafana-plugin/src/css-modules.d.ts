// A CSS module's class names, as esbuild, css-loader and vite export them: one named export a class.
declare module '*.module.css' {
  const classes: Record<string, string>;
  export = classes;
}
declare module '*.css';
