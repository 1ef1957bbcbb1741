import { useMutation } from 'urql';

import { useMay } from '../access/viewer';
import { PauseTaskTypeDocument, ResumeTaskTypeDocument, type TaskType } from '../gql/graphql';
import { m, typeNames } from '../messages';
import { Button } from '../ui/Button';
import { explain } from '../ui/State';
import { toast } from '../ui/Toasts';

export function PauseButton({ type, paused }: { type: TaskType; paused: boolean }) {
  const [{ fetching: pausing }, pause] = useMutation(PauseTaskTypeDocument);
  const [{ fetching: resuming }, resume] = useMutation(ResumeTaskTypeDocument);
  const may = useMay();
  const flip = async () => {
    const { error } = await (paused ? resume : pause)({ input: { type } });
    toast(error ? explain(error) : paused ? m.types.resumed(typeNames[type]) : m.types.pausedNow(typeNames[type]));
  };
  return (
    <span className="type-state">
      <span className={`narrow-hidden badge ${paused ? 'warn' : 'good'}`}>{paused ? m.types.paused : m.types.open}</span>
      {may(paused ? 'resumeTaskType' : 'pauseTaskType') && (
        <Button
          kind="quiet"
          icon={paused ? 'play' : 'pause'}
          disabled={pausing || resuming}
          aria-label={paused ? m.types.resumeType(typeNames[type]) : m.types.pauseType(typeNames[type])}
          onClick={() => void flip()}
        >
          <span className="narrow-hidden">{paused ? m.types.resume : m.types.pause}</span>
        </Button>
      )}
    </span>
  );
}
