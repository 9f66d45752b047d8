// The call graph as the exporter draws it. It is shown as a picture: whatever stands in it can run no script.
import React, { useMemo, useState } from 'react';
import { t } from '../../i18n';
import * as styles from './flame.module.css';
import { Button } from './parts';
import * as table from './table.module.css';

const ZOOM_STEP = 1.25;
const LEAST_ZOOM = 0.1;
const MOST_ZOOM = 8;

export function CallGraph({ svg, name }: { svg: string; name: string }): React.ReactElement {
  const address = useMemo(() => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`, [svg]);
  const [zoom, setZoom] = useState<number | null>(null);
  const [natural, setNatural] = useState(0);
  const change = (factor: number): void =>
    setZoom((old) => Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, (old ?? 1) * factor)));
  return (
    <div data-testid="callgraph">
      <div className={table.controls}>
        <Button onClick={() => change(ZOOM_STEP)} aria-label={t('graph.zoomIn', 'Zoom in')}>
          +
        </Button>
        <Button onClick={() => change(1 / ZOOM_STEP)} aria-label={t('graph.zoomOut', 'Zoom out')}>
          −
        </Button>
        <Button onClick={() => setZoom(null)}>{t('graph.fit', 'Fit')}</Button>
        <a className={table.path} href={address} download={`${name}.svg`}>
          {t('graph.download', 'Save as SVG')}
        </a>
      </div>
      <div className={styles.graph} tabIndex={0} role="group" aria-label={t('graph.label', 'Call graph')}>
        <img
          src={address}
          alt={t('graph.alt', 'Call graph of the profile')}
          onLoad={(event) => setNatural(event.currentTarget.naturalWidth)}
          style={{ width: zoom === null || natural === 0 ? '100%' : natural * zoom }}
        />
      </div>
    </div>
  );
}
