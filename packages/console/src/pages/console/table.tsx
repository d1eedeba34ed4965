import { type ComponentChildren, type JSX, toChildArray } from 'preact'

/** A column: its name, `number` where figures stand right, `actions` where only a screen reader needs the name. */
export type Column = string | { readonly name: string; readonly kind: 'number' | 'actions' }

const Head = ({ column }: { readonly column: Column }): JSX.Element => {
  if (typeof column === 'string') return <th scope="col">{column}</th>
  if (column.kind === 'number') {
    return (
      <th scope="col" class="number">
        {column.name}
      </th>
    )
  }
  return (
    <th scope="col">
      <span class="visually-hidden">{column.name}</span>
    </th>
  )
}

/** A table that scrolls sideways where the window is narrow, by keys too. Its children are the rows; without any it is its caption. */
export const Table = ({
  caption,
  columns,
  children,
}: {
  readonly caption: string
  readonly columns: readonly Column[]
  readonly children: ComponentChildren
}): JSX.Element => (
  <div class="scroll" role="group" aria-label={caption} tabIndex={0}>
    <table>
      <caption>{caption}</caption>
      {toChildArray(children).length > 0 && (
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={typeof column === 'string' ? column : column.name} column={column} />
            ))}
          </tr>
        </thead>
      )}
      <tbody>{children}</tbody>
    </table>
  </div>
)
