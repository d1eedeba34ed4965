import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { Icon } from './icons.tsx'

/** A line to copy, with what it is. */
export const CopyLine = ({ label, text }: { readonly label: string; readonly text: string }): JSX.Element => {
  const [copied, setCopied] = useState(false)
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), 2000)
  }
  return (
    <div class="copy-line">
      <span class="copy-label">{label}</span>
      <code>{text}</code>
      <button
        class="icon-button"
        type="button"
        aria-label={copied ? 'Copied' : `Copy: ${label}`}
        onClick={() => void copy()}
      >
        {copied ? '✓' : <Icon name="copy" />}
      </button>
    </div>
  )
}
