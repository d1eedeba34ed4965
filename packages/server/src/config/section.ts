import * as v from 'valibot'

type Entries = Readonly<Record<string, v.GenericSchema>>
type Output<E extends Entries> = { readonly [Key in keyof E]: v.InferOutput<E[Key]> }

/** Options that belong together. Left out, all of them have their defaults; an option that is none is a mistake. */
export const section = <E extends Entries>(
  title: string,
  entries: E,
): v.GenericSchema<unknown, Output<E>> => {
  const object = v.pipe(v.strictObject(entries, 'a section with options'), v.metadata({ section: { title } }))
  return v.optional(object as unknown as v.GenericSchema, () => ({})) as v.GenericSchema as v.GenericSchema<
    unknown,
    Output<E>
  >
}
