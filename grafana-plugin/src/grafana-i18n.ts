// Words inside of Grafana: its own i18n, with the resources that the plugin brings. Modules do not wait for it (an
// AMD module cannot): until Grafana's i18n is ready, the same resources are read directly.
import { initPluginTranslations, t as grafanaTranslate } from '@grafana/i18n';
import { config } from '@grafana/runtime';
import { setTranslate, translateFrom } from './i18n';
import chinese from './locales/zh-Hans/leakline-memory-app.json';

const APP_ID = 'leakline-memory-app';

/** React escapes what it draws; escaped twice, a slash shows as its code. */
const AS_TEXT = { interpolation: { escapeValue: false } };

/** English stands in the calls themselves. */
function resourcesOf(language: string): Partial<typeof chinese> {
  return language.startsWith('zh-Hans') || language.startsWith('zh-CN') ? chinese : {};
}

export function translateThroughGrafana(): void {
  setTranslate(translateFrom(resourcesOf(config.bootData.user.language)));
  initPluginTranslations(APP_ID, [(language) => Promise.resolve(resourcesOf(language))]).then(
    () => setTranslate((key, text, values) => grafanaTranslate(key, text, { ...values, ...AS_TEXT })),
    // The resources read directly go on serving.
    () => undefined,
  );
}
