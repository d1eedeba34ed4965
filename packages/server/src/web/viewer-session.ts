import type { ServerCore } from '../core/server-core.ts'
import type { WebAnswer } from './web-answer.ts'
import type { WebRequest } from './web-request.ts'
import { WebSession } from './web-session.ts'

/** What it costs, in bytes; its requests are counted where they have come. */
const SESSION_BYTES = 2048

/** A session that says when its play has begun. */
export class ViewerSession extends WebSession {
  whenAccepted: () => void = () => {}
  /** What is held for its answer, in bytes. */
  answerBytes = 0

  constructor(core: ServerCore, request: WebRequest, ended: (answer: WebAnswer) => void) {
    super(request, core.sessionOptions, ended)
  }

  override get memoryBytes(): number {
    return SESSION_BYTES + this.answerBytes
  }

  override accept(requestId: number): boolean {
    const accepted = super.accept(requestId)
    // The play is there when the engine has taken it up, right behind this.
    if (accepted && this.stats.pendingRequests === 0) queueMicrotask(() => this.whenAccepted())
    return accepted
  }
}
