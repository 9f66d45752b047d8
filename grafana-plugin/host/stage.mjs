// One panel, one editor of each kind, as a dashboard would hold them.
/* global location, URLSearchParams, setInterval, clearInterval, window, addEventListener, removeEventListener */
import React, { useEffect, useMemo, useState } from 'react';
import { createTheme, dateTime, LoadingState, ThemeContext } from '@grafana/data';
import { GlobalStyles, PortalContainer } from '@grafana/ui';
import { interpolate, SOURCE_TYPE, SOURCE_UID } from './services.mjs';

const h = React.createElement;
const RANGE_MS = 15 * 60_000;
const REFRESH_MS = 2000;
const PADDING_PX = 16;
const QUERIES = ['verdicts', 'samples', 'accounting'];

function rangeOf(fromMs, toMs) {
  const [from, to] = [dateTime(fromMs), dateTime(toMs)];
  return { from, to, raw: { from, to } };
}

function usePanelData(datasource, zoom) {
  const [data, setData] = useState({
    state: LoadingState.Loading,
    series: [],
    timeRange: rangeOf(Date.now() - RANGE_MS, Date.now()),
  });
  useEffect(() => {
    let current = true;
    const ask = async () => {
      const toMs = zoom?.to ?? Date.now();
      const range = rangeOf(zoom?.from ?? toMs - RANGE_MS, toMs);
      const request = {
        requestId: 'host',
        range,
        scopedVars: {},
        targets: QUERIES.map((queryType, index) => ({
          refId: String.fromCharCode(65 + index),
          queryType,
          target: '$target',
          datasource: { type: SOURCE_TYPE, uid: SOURCE_UID },
        })),
      };
      const answer = await datasource.query(request);
      if (!current) return;
      const failed = (answer.errors ?? []).length > 0;
      setData({
        state: failed ? LoadingState.Error : LoadingState.Done,
        series: answer.data,
        errors: answer.errors,
        request,
        timeRange: range,
      });
    };
    void ask();
    const timer = setInterval(() => void ask(), REFRESH_MS);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [datasource, zoom]);
  return data;
}

/** As a person resizes the window and changes the theme: `leaklineTheme('light')`. */
function useLook() {
  const given = new URLSearchParams(location.search).get('theme') === 'light' ? 'light' : 'dark';
  const [mode, setMode] = useState(given);
  const [size, setSize] = useState([window.innerWidth, window.innerHeight]);
  useEffect(() => {
    window.leaklineTheme = setMode;
    const resized = () => setSize([window.innerWidth, window.innerHeight]);
    addEventListener('resize', resized);
    return () => removeEventListener('resize', resized);
  }, []);
  return { mode, width: size[0] - 2 * PADDING_PX, height: size[1] - 2 * PADDING_PX };
}

export function Stage({ panel, sourcePlugin, datasource }) {
  const query = new URLSearchParams(location.search);
  const { mode, width, height } = useLook();
  const theme = useMemo(() => createTheme({ colors: { mode } }), [mode]);
  const [zoom, setZoom] = useState(null);
  const [options, setOptions] = useState({});
  const [config, setConfig] = useState({ jsonData: {}, secureJsonFields: {}, basicAuth: false });
  const [edited, setEdited] = useState({ refId: 'A', queryType: 'allocators' });
  const data = usePanelData(datasource, zoom);
  const view = query.get('view') ?? 'panel';
  const { ConfigEditor, QueryEditor } = sourcePlugin.components;
  const Panel = panel.panel;
  const body =
    view === 'config'
      ? h(ConfigEditor, { options: config, onOptionsChange: setConfig })
      : view === 'query'
        ? h(QueryEditor, { datasource, query: edited, onChange: setEdited, onRunQuery: () => undefined })
        : h(Panel, {
            id: 1,
            data,
            timeRange: data.timeRange,
            timeZone: 'browser',
            options,
            transparent: false,
            width,
            height,
            fieldConfig: { defaults: {}, overrides: [] },
            renderCounter: 0,
            title: 'Leak diagnosis',
            replaceVariables: interpolate,
            onChangeTimeRange: setZoom,
            onOptionsChange: setOptions,
            onFieldConfigChange: () => undefined,
            eventBus: { subscribe: () => ({ unsubscribe: () => undefined }), publish: () => undefined },
          });
  return h(
    ThemeContext.Provider,
    { value: theme },
    h(GlobalStyles, { isExtensionsNavEnabled: false }),
    h(
      'main',
      {
        style: {
          padding: PADDING_PX,
          minHeight: '100vh',
          boxSizing: 'border-box',
          background: theme.colors.background.primary,
        },
      },
      [
        h('div', { key: view, 'data-testid': `view-${view}` }, body),
        view === 'panel'
          ? null
          : h(
              'pre',
              { key: 'state', 'data-testid': 'state' },
              JSON.stringify(view === 'config' ? config : edited),
            ),
      ],
    ),
    h(PortalContainer),
  );
}
