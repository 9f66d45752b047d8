// The exporter's own page: the same panel as in Grafana, for people without Grafana.
import 'uplot/dist/uPlot.min.css';
import 'leakline-theme.css';
import './page.css';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { FetchTransport } from '../src/api/fetch-transport';
import { LeaklineApi } from '../src/api/client';
import { setTranslate, translateFrom } from '../src/i18n';
import chinese from '../src/locales/zh-Hans/leakline-memory-app.json';
import { Page } from './Page';

if (
  navigator.languages
    .find((language) => /^(zh|en)\b/i.test(language))
    ?.toLowerCase()
    .startsWith('zh')
) {
  document.documentElement.lang = 'zh-Hans';
  setTranslate(translateFrom(chinese));
}
const element = document.getElementById('page');
if (element) createRoot(element).render(<Page api={new LeaklineApi(new FetchTransport('api/v1/'))} />);
