// The configuration: leakline.yml, the web configuration, where state is kept.

export { createBasicAuthCheck, type BasicAuthCheck } from './basic-auth.js';
export { defaultStateDir } from './defaults.js';
export { defaultConfig, loadConfig, parseConfig } from './load.js';
export type { AuthConfig, Config, TargetConfig } from './schema.js';
export { parseByteSize, parseDuration } from './units.js';
export { watchConfig, type ConfigWatch } from './watch.js';
export { webConfigReader, type WebConfig } from './web-config.js';
export { ConfigError, type ConfigProblem } from './yaml-file.js';
