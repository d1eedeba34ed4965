import type { JSX } from 'preact'

/** What went wrong, while the last answer stays on the page. */
export const Problem = ({ error }: { readonly error: Error | undefined }): JSX.Element => (
  <p class="problem" role="alert">
    {error?.message}
  </p>
)
