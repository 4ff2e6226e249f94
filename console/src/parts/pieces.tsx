/**
 * The pieces of a built context: what entered a model call, from where, and why; and what was cut.
 */
import { isRecord } from '../api/client.ts'
import { Share } from './chart.tsx'

export interface ShownPiece {
  readonly source: string
  readonly title?: string
  readonly score?: number
  readonly tokens?: number
  readonly kept: boolean
  readonly why: string
  readonly text?: string
}

/** Pieces as a context or its record holds them; `undefined` for anything else. */
export function piecesOf(value: unknown): readonly ShownPiece[] | undefined {
  if (!isRecord(value) || !Array.isArray(value['pieces'])) return undefined
  return value['pieces'].flatMap((piece: unknown): ShownPiece[] => {
    if (!isRecord(piece) || typeof piece['source'] !== 'string') return []
    const { source, title, score, tokens, kept, why, text } = piece
    return [
      {
        source,
        kept: kept !== false,
        why: typeof why === 'string' ? why : '',
        ...(typeof title === 'string' && { title }),
        ...(typeof score === 'number' && { score }),
        ...(typeof tokens === 'number' && { tokens }),
        ...(typeof text === 'string' && { text }),
      },
    ]
  })
}

/** Whether a value is a context that was built for a model. */
export function isContext(value: unknown): boolean {
  return isRecord(value) && value['kind'] === 'context' && Array.isArray(value['pieces'])
}

export function Pieces({ pieces }: { readonly pieces: readonly ShownPiece[] }): React.JSX.Element {
  if (pieces.length === 0) return <span className="value-none">nothing entered</span>
  return (
    <ul className="pieces">
      {pieces.map((piece) => (
        <li key={`${piece.source} ${piece.kept}`} className={piece.kept ? 'piece' : 'piece piece-cut'}>
          <div className="piece-head">
            <span className="piece-title">{piece.title ?? piece.source}</span>
            {piece.title !== undefined && <span className="piece-source">{piece.source}</span>}
            <span className="piece-why">
              {piece.kept ? '' : 'cut: '}
              {piece.why}
            </span>
          </div>
          {(piece.score !== undefined || piece.tokens !== undefined) && (
            <div className="piece-facts">
              {piece.score !== undefined && (
                <>
                  <Share value={piece.score} tone={piece.kept ? 'accent' : 'muted'} label="Score" />
                  <span>score {piece.score.toFixed(2)}</span>
                </>
              )}
              {piece.tokens !== undefined && <span>{piece.tokens} tokens</span>}
            </div>
          )}
          {piece.text !== undefined && <p className="piece-text">{piece.text}</p>}
        </li>
      ))}
    </ul>
  )
}
