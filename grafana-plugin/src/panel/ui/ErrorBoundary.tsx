// An answer that the panel cannot draw must not take the rest of the panel, or of the page, with it.
import React from 'react';
import { t } from '../../i18n';
import { Button, Message } from './parts';

interface State {
  message: string | null;
}

export class ErrorBoundary extends React.Component<React.PropsWithChildren, State> {
  override state: State = { message: null };

  static getDerivedStateFromError(error: unknown): State {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render(): React.ReactNode {
    if (this.state.message === null) return this.props.children;
    return (
      <Message
        icon="warning"
        title={t('problem.cannotDraw', 'This answer cannot be drawn')}
        action={
          <Button onClick={() => this.setState({ message: null })}>{t('action.retry', 'Try again')}</Button>
        }
        alert
      >
        {this.state.message}
      </Message>
    );
  }
}
