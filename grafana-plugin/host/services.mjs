// The services that Grafana gives to plugins, over the real network: fetch, template variables, data sources.
/* global fetch, location, URLSearchParams */
import { from } from 'rxjs';
import { standardEditorsRegistry, standardFieldConfigEditorRegistry } from '@grafana/data';
import { setBackendSrv, setDataSourceSrv, setTemplateSrv } from '@grafana/runtime';

export const SOURCE_TYPE = 'leakline-memory-datasource';
export const SOURCE_UID = 'leakline';

/** Grafana's own fetch: rejects with {status, data, …} where the answer is not a success. */
async function request(options) {
  let response;
  try {
    response = await fetch(options.url, {
      method: options.method ?? 'GET',
      headers: options.data === undefined ? {} : { 'Content-Type': 'application/json' },
      body: options.data === undefined ? undefined : JSON.stringify(options.data),
    });
  } catch (error) {
    throw { status: 0, statusText: '', data: { message: error.message }, config: options };
  }
  const text = await response.text();
  let data = text;
  if (options.responseType !== 'text') {
    try {
      data = JSON.parse(text);
    } catch {
      data = { message: text };
    }
  }
  if (!response.ok) throw { status: response.status, statusText: response.statusText, data, config: options };
  return { status: response.status, statusText: response.statusText, ok: true, data, config: options };
}

/** `$target` is the one dashboard variable of the host; its value stands in the address. */
export function interpolate(text) {
  const target = new URLSearchParams(location.search).get('target') ?? '';
  return (text ?? '').replace(/\$\{target\}|\$target\b/g, target);
}

export function installServices(sourcePlugin) {
  standardEditorsRegistry.setInit(() => []);
  standardFieldConfigEditorRegistry.setInit(() => []);
  setBackendSrv({ fetch: (options) => from(request(options)) });
  setTemplateSrv({ replace: interpolate, getVariables: () => [] });
  const settings = {
    id: 1,
    uid: SOURCE_UID,
    name: 'Leakline',
    type: SOURCE_TYPE,
    url: `/api/datasources/proxy/uid/${SOURCE_UID}`,
    access: 'proxy',
    readOnly: false,
    jsonData: {},
    meta: { id: SOURCE_TYPE, name: 'Leakline', type: 'datasource', info: {} },
  };
  const datasource = new sourcePlugin.DataSourceClass(settings);
  datasource.meta = settings.meta;
  setDataSourceSrv({
    get: async () => datasource,
    getList: () => [settings],
    getInstanceSettings: () => settings,
  });
  return datasource;
}
