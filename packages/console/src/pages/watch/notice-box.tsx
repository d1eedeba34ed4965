import type { JSX } from 'preact'

/** What is said over the picture when there is none. */
export interface Words {
  readonly title: string
  readonly text: string
  /** It goes on by itself. */
  readonly waits?: boolean
}

/** Words over the picture, or nothing; read out when they change. */
export const NoticeBox = ({ words }: { readonly words: Words | undefined }): JSX.Element => (
  <div class={words === undefined ? 'notice empty' : 'notice'} role="status">
    {words !== undefined && (
      <>
        {words.waits === true && <span class="spinner" aria-hidden="true" />}
        <p class="notice-title">{words.title}</p>
        {words.text !== '' && <p class="notice-text">{words.text}</p>}
      </>
    )}
  </div>
)
