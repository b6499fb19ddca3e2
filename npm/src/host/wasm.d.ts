// A bundler or workerd makes a module of it.
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
