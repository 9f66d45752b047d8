// Small parts without state: buttons, messages, the skeleton of a view that loads.
import React from 'react';
import type { ApiProblem } from '../../api/problem';
import { t } from '../../i18n';
import * as styles from './base.module.css';
import { Icon, type IconName } from './Icon';

export function classes(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(' ');
}

interface ButtonProps extends React.ButtonHTMLAttributes<HTMLButtonElement> {
  icon?: IconName;
  primary?: boolean;
  /** Without a border, for what stands aside. */
  quiet?: boolean;
}

export function Button({
  icon,
  primary = false,
  quiet = false,
  children,
  ...rest
}: ButtonProps): React.ReactElement {
  const bare = children === undefined;
  return (
    <button
      type="button"
      {...rest}
      className={classes(
        styles.button,
        primary && styles.primary,
        quiet && styles.quiet,
        bare && styles.icon,
      )}
    >
      {icon ? <Icon name={icon} /> : null}
      {children}
    </button>
  );
}

interface MessageProps {
  icon: IconName;
  title: string;
  children?: React.ReactNode;
  action?: React.ReactNode;
  /** Announced by a screen reader as soon as it appears. */
  alert?: boolean;
}

export function Message({ icon, title, children, action, alert = false }: MessageProps): React.ReactElement {
  return (
    <div className={styles.message} role={alert ? 'alert' : 'status'}>
      <span className={classes(styles.messageIcon, alert && styles.messageAlert)}>
        <Icon name={icon} size={24} />
      </span>
      <p className={styles.messageTitle}>{title}</p>
      {children ? <p className={styles.messageText}>{children}</p> : null}
      {action}
    </div>
  );
}

export function Note({
  warning = false,
  children,
}: {
  warning?: boolean;
  children: React.ReactNode;
}): React.ReactElement {
  return <p className={classes(styles.note, warning && styles.noteWarning)}>{children}</p>;
}

export function Skeleton({ block = false }: { block?: boolean }): React.ReactElement {
  return (
    <div className={styles.skeleton} role="status" aria-busy="true">
      <span className={styles.hidden}>{t('state.loading', 'Loading')}</span>
      <div className={classes(styles.skeletonBar, styles.skeletonShort)} />
      {block ? <div className={classes(styles.skeletonBar, styles.skeletonBlock)} /> : null}
      <div className={styles.skeletonBar} />
      <div className={styles.skeletonBar} />
    </div>
  );
}

/** A problem in words, with what mends it. */
export function ProblemMessage({
  problem,
  retry,
}: {
  problem: ApiProblem;
  retry?: () => void;
}): React.ReactElement {
  const action = retry ? <Button onClick={retry}>{t('action.retry', 'Try again')}</Button> : undefined;
  switch (problem.kind) {
    case 'unreachable':
      return (
        <Message
          icon="unreachable"
          title={t('problem.unreachable', 'The exporter does not answer')}
          action={action}
          alert
        >
          {t(
            'problem.unreachableHelp',
            'See that leakline serve runs, and that the URL of the data source leads to it.',
          )}
        </Message>
      );
    case 'unauthorised':
      return (
        <Message icon="lock" title={t('problem.unauthorised', 'Not allowed')} action={action} alert>
          {t(
            'problem.unauthorisedHelp',
            'The exporter asks for other credentials, or your role may not do this. The data source holds user name and password or a token.',
          )}
        </Message>
      );
    case 'old_version':
      return (
        <Message
          icon="version"
          title={t('problem.oldVersion', 'The exporter is older than this panel')}
          action={action}
          alert
        >
          {t('problem.oldVersionHelp', 'It does not know what was asked for. Update the exporter.')}
        </Message>
      );
    case 'not_found':
      return (
        <Message icon="unknown" title={t('problem.notFound', 'Not there any more')} action={action} alert>
          {problem.message}
        </Message>
      );
    case 'refused':
      return (
        <Message
          icon="warning"
          title={t('problem.refused', 'The exporter could not answer')}
          action={action}
          alert
        >
          {problem.message}
        </Message>
      );
  }
}
