// What Grafana's server writes into the page before any of its code runs. The address says what to imitate:
// ?role=Viewer&theme=light&language=zh-Hans&grafana=13.1.0
/* global window, location, URLSearchParams */
const query = new URLSearchParams(location.search);
const language = query.get('language') ?? 'en-US';

window.grafanaBootData = {
  settings: {
    buildInfo: { version: query.get('grafana') ?? '13.1.0', env: 'production' },
    featureToggles: {},
    appSubUrl: '',
  },
  user: {
    orgRole: query.get('role') ?? 'Editor',
    isGrafanaAdmin: false,
    lightTheme: query.get('theme') === 'light',
    language,
    locale: language,
    permissions: {},
  },
  navTree: [],
};
