// The exporter's own page: the same panel as in Grafana, for people without Grafana.
import './styles';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { FetchTransport } from '../src/api/fetch-transport';
import { LeaklineApi } from '../src/api/client';
import { setTranslate, translateFrom } from '../src/i18n';
import { Page } from './Page';

async function speakTheReadersLanguage(): Promise<void> {
  const language = navigator.languages.find((one) => /^(zh|en)\b/i.test(one));
  if (!language?.toLowerCase().startsWith('zh')) return;
  document.documentElement.lang = 'zh-Hans';
  const { default: chinese } = await import('../src/locales/zh-Hans/leakline-memory-app.json');
  setTranslate(translateFrom(chinese));
}

async function start(element: HTMLElement): Promise<void> {
  // A language that does not come is no reason to show nothing.
  await speakTheReadersLanguage().catch(() => undefined);
  createRoot(element).render(<Page api={new LeaklineApi(new FetchTransport('api/v1/'))} />);
}

const element = document.getElementById('page');
if (element) void start(element);
