namespace Netcd.Client.Coordination;

/// <summary>Locks by name within the process, which take room only while somebody holds or wants them.</summary>
internal sealed class LocalTurns
{
    private readonly Dictionary<string, Turn> turns = [];

    /// <summary>Takes the name's lock. Disposing the result gives it back. Null where another has it and it is not to be waited
    /// for.</summary>
    public async ValueTask<IDisposable?> EnterAsync(string name, bool wait, CancellationToken cancel)
    {
        Turn turn = Want(name);
        bool isHeld = false;
        try
        {
            isHeld = await turn.Gate.WaitAsync(wait ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, cancel).ConfigureAwait(false);
            return isHeld ? new Holder(this, name, turn) : null;
        }
        finally
        {
            if (!isHeld)
            {
                Forgo(name, turn);
            }
        }
    }

    private Turn Want(string name)
    {
        lock (turns)
        {
            if (!turns.TryGetValue(name, out Turn? turn))
            {
                turns.Add(name, turn = new Turn());
            }

            turn.Wanting++;
            return turn;
        }
    }

    private void Forgo(string name, Turn turn)
    {
        lock (turns)
        {
            if (--turn.Wanting == 0)
            {
                turns.Remove(name);
                turn.Gate.Dispose();
            }
        }
    }

    private sealed class Turn
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public int Wanting { get; set; }
    }

    private sealed class Holder(LocalTurns turns, string name, Turn turn) : IDisposable
    {
        private int isReturned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isReturned, 1) == 0)
            {
                turn.Gate.Release();
                turns.Forgo(name, turn);
            }
        }
    }
}
