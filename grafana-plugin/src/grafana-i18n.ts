// Words inside of Grafana: its own i18n, with the resources that the plugin brings.
import { initPluginTranslations, t as grafanaTranslate } from '@grafana/i18n';
import { setTranslate } from './i18n';
import english from './locales/en-US/leakline-memory-app.json';
import chinese from './locales/zh-Hans/leakline-memory-app.json';

const APP_ID = 'leakline-memory-app';

/** Resolves once the words are there. Grafana shows a plugin after its module has loaded, so modules await this. */
export async function translateThroughGrafana(): Promise<void> {
  await initPluginTranslations(APP_ID, [
    (language) =>
      Promise.resolve(language.startsWith('zh-Hans') || language.startsWith('zh-CN') ? chinese : english),
  ]);
  setTranslate((key, text, values) => grafanaTranslate(key, text, values));
}
