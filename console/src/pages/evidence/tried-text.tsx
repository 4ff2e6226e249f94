/**
 * The texts a backtest tries, against those that are in use now.
 */
import { useQuery } from '@tanstack/react-query'
import type { PromptDocument } from '../../../../src/http/prompt-documents.ts'
import { get, piece } from '../../api/client.ts'
import { Fold } from '../../parts/fold.tsx'
import { TextDiff } from '../../parts/text-diff.tsx'
import type { Backtest } from './documents.ts'

export function TriedTexts({ change: { prompts = {} } }: Pick<Backtest, 'change'>): React.JSX.Element {
  return (
    <>
      {Object.entries(prompts).map(([name, text]) => (
        <Fold key={name} className="order-difference" summary={`The text of ${name} that was tried`}>
          <Tried name={name} text={text} />
        </Fold>
      ))}
    </>
  )
}

function Tried({ name, text }: { readonly name: string; readonly text: string }): React.JSX.Element {
  const { data, error } = useQuery({
    queryKey: ['prompt', name],
    queryFn: ({ signal }) => get<PromptDocument>(`/api/prompts/${piece(name)}`, { signal }),
  })
  if (data === undefined && error === null) return <p className="muted">Reading what is in use…</p>
  if (data?.text === text) return <p className="muted">It is the text that is in use now.</p>
  return <TextDiff was={data?.text} is={text} names={[data === undefined ? 'Not in the folder' : 'In use now', 'Tried']} />
}
