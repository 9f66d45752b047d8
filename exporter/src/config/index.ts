// The configuration: leakline.yml, the web configuration, where state is kept.

export { defaultConfig, loadConfig, parseConfig } from './load.js';
export type { AuthConfig, Config, TargetConfig } from './schema.js';
export { parseByteSize, parseDuration } from './units.js';
export { ConfigError, type ConfigProblem } from './yaml-file.js';
