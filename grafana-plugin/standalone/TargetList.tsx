// The targets beside the panel, worst first, each with its state, memory and growth.
import React from 'react';
import type { ApiTarget } from 'leakline/api';
import { formatBytes } from 'leakline/format';
import { leadingSignal } from '../src/datasource/frames/target-frames';
import { t } from '../src/i18n';
import { slopeText } from '../src/panel/domain/words';
import { Icon } from '../src/panel/ui/Icon';
import { Skeleton } from '../src/panel/ui/parts';
import { StateBadge } from '../src/panel/ui/StateBadge';
import { healthWord } from './Overview';
import * as styles from './page.module.css';
import { targetHref } from './use-route';

export interface TargetListProps {
  targets: readonly ApiTarget[];
  loaded: boolean;
  chosen: string | null;
}

export function TargetList({ targets, loaded, chosen }: TargetListProps): React.ReactElement {
  if (!loaded) return <Skeleton />;
  return (
    <>
      <a className={styles.all} href="#/">
        <Icon name="back" size={12} />
        {t('page.all', 'All targets')}
      </a>
      <ul className={styles.targets}>
        {targets.map((target) => (
          <li key={target.name}>
            <a
              className={styles.target}
              href={targetHref(target.name)}
              aria-current={target.name === chosen ? 'page' : undefined}
            >
              <Row target={target} />
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

function Row({ target }: { target: ApiTarget }): React.ReactElement {
  const { signals, verdict } = target;
  const signal = leadingSignal(target);
  const slope = signal ? verdict?.slopes[signal] : undefined;
  const bad = verdict?.state === 'leaking' || verdict?.state === 'growing';
  const memory = signals.private_working_set ?? signals.commit ?? signals.heap_inuse;
  return (
    <>
      <span className={styles.targetName}>{target.name}</span>
      <span className={styles.figure}>{memory === undefined ? '' : formatBytes(memory)}</span>
      <StateBadge state={verdict?.state ?? null} />
      <span className={styles.figure}>
        {bad && signal && slope
          ? `+${slopeText(signal, slope.perSecond)}`
          : target.health === 'up'
            ? ''
            : healthWord(target.health)}
      </span>
    </>
  );
}
