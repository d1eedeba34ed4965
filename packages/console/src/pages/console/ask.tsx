import { api } from './api.ts'

/** Something that changes the server, and the question that comes before. */
export interface Asked {
  readonly question: string
  readonly path: string
  readonly method: string
  readonly body: unknown
}

export const ask = (question: string, path: string, method: string, body?: unknown): Asked => ({
  question,
  path,
  method,
  body,
})

/** Asks in a dialog and does it; the dialog says what the server says, if that is no. */
export const useAsk =
  (done: () => void) =>
  async ({ question, path, method, body }: Asked): Promise<void> => {
    const dialog = document.createElement('dialog')
    dialog.className = 'ask'
    const text = document.createElement('p')
    text.textContent = question
    const buttons = document.createElement('div')
    buttons.className = 'ask-buttons'
    const cancel = button('Cancel', 'button')
    const go = button('Yes, do it', 'button main')
    buttons.append(cancel, go)
    dialog.append(text, buttons)
    dialog.setAttribute('aria-label', question)
    document.body.append(dialog)
    dialog.showModal()
    await new Promise<void>((resolve) => {
      dialog.addEventListener('close', () => resolve(), { once: true })
      cancel.addEventListener('click', () => dialog.close())
      go.addEventListener('click', () => {
        go.disabled = true
        api(path, method, body).then(
          () => dialog.close(),
          (error: unknown) => {
            text.textContent = error instanceof Error ? error.message : String(error)
            go.remove()
            cancel.textContent = 'Close'
          },
        )
      })
    })
    dialog.remove()
    done()
  }

const button = (text: string, kind: string): HTMLButtonElement => {
  const made = document.createElement('button')
  made.type = 'button'
  made.className = kind
  made.textContent = text
  return made
}
