// A page that loads the built plugin the way Grafana does (public/app/features/plugins/loader): SystemJS with its AMD
// extra, the shared libraries handed in, the three modules imported by address. Everything else is Grafana's own code.
/* global document, location, System */
import './boot-data.mjs';
import 'systemjs/dist/system.js';
import React from 'react';
import * as reactDom from 'react-dom';
import * as jsxRuntime from 'react/jsx-runtime';
import { createRoot } from 'react-dom/client';
import * as rxjs from 'rxjs';
import i18next from 'i18next';
import * as grafanaData from '@grafana/data';
import * as grafanaRuntime from '@grafana/runtime';
import * as grafanaUi from '@grafana/ui';
import { installServices } from './services.mjs';
import { Stage } from './stage.mjs';

const APP = '/public/plugins/leakline-memory-app';

const shared = {
  react: { ...React, default: React },
  'react/jsx-runtime': jsxRuntime,
  'react-dom': { ...reactDom, default: reactDom },
  rxjs,
  i18next: { default: i18next },
  '@grafana/data': grafanaData,
  '@grafana/runtime': grafanaRuntime,
  '@grafana/ui': grafanaUi,
};

/** AMD comes last: libraries that find `define` at load would register themselves instead of running. */
function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = address;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`cannot load ${address}`));
    document.head.append(script);
  });
}

async function start() {
  // Grafana's own words are there before any plugin's.
  const { language } = document.defaultView.grafanaBootData.user;
  await i18next.init({
    lng: language,
    fallbackLng: 'en-US',
    partialBundledLanguages: true,
    returnEmptyString: false,
    resources: { [language]: { grafana: { title: 'Grafana' } } },
  });
  await loadScript('/systemjs/amd.min.js');
  const imports = {};
  for (const [name, module] of Object.entries(shared)) {
    const address = new URL(`/shared/${name}`, location.href).href;
    imports[name] = address;
    System.set(address, { ...module });
  }
  System.addImportMap({ imports });
  const [app, source, panel] = await Promise.all(
    ['module.js', 'datasource/module.js', 'panel/module.js'].map((file) => System.import(`${APP}/${file}`)),
  );
  if (!(app.plugin instanceof grafanaData.AppPlugin)) throw new Error('the app module exports no AppPlugin');
  if (!(source.plugin instanceof grafanaData.DataSourcePlugin))
    throw new Error('no DataSourcePlugin is exported');
  if (!(panel.plugin instanceof grafanaData.PanelPlugin)) throw new Error('no PanelPlugin is exported');
  const datasource = installServices(source.plugin);
  Object.assign(document.defaultView, { leaklineDataSource: datasource, leaklineReact: React.version });
  createRoot(document.getElementById('stage')).render(
    React.createElement(Stage, { panel: panel.plugin, sourcePlugin: source.plugin, datasource }),
  );
}

start().catch((error) => {
  document.body.dataset.failed = error instanceof Error ? (error.stack ?? error.message) : String(error);
});
