using System.Diagnostics;
using Netcd.Engine.Scheduling;

namespace Netcd.Server.Running;

/// <summary>
/// Steps an engine's stages on threads: one for each stage that may block on the disk, one for all the others.
/// </summary>
/// <param name="stages">The stages.</param>
/// <param name="afterRound">Called on a thread after each round of its stages' steps.</param>
/// <param name="failed">Called with the thread's name and what a stage threw.</param>
/// <remarks>A stage that throws has lost its invariants or its disk: <paramref name="failed"/> is called, and must end the
/// process.</remarks>
internal sealed class StageRunner(IReadOnlyList<IStage> stages, Action afterRound, Action<string, Exception> failed) : IDisposable
{
    private readonly List<StageThread> threads = [];
    private bool isStopping;

    private Action AfterRound { get; } = afterRound;

    private Action<string, Exception> OnFailed { get; } = failed;

    /// <summary>
    /// Whether the thread of the stages that never wait for the disk has begun a round within that time. It has something to do at each
    /// of raft's ticks.
    /// </summary>
    public bool IsAlive(TimeSpan within) => NowMilliseconds - threads[0].LastRound <= within.TotalMilliseconds;

    /// <summary>Starts the threads.</summary>
    public void Start()
    {
        threads.Add(new StageThread(this, "engine", [.. stages.Where(stage => !stage.BlocksOnDisk)]));
        threads.AddRange(stages.Where(stage => stage.BlocksOnDisk).Select(stage => new StageThread(this, stage.Name, [stage])));
        foreach (StageThread thread in threads)
        {
            thread.Start();
        }
    }

    /// <summary>Lets each stage finish its step and ends the threads.</summary>
    public void Dispose()
    {
        Volatile.Write(ref isStopping, true);
        foreach (StageThread thread in threads)
        {
            thread.Dispose();
        }
    }

    private static long NowMilliseconds => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1000);

    private sealed class StageThread : IDisposable
    {
        private readonly StageRunner runner;
        private readonly IStage[] stages;
        private readonly ManualResetEventSlim work = new(initialState: true, spinCount: 0);
        private readonly Thread thread;
        private long lastRound = NowMilliseconds;

        public StageThread(StageRunner runner, string name, IStage[] stages)
        {
            this.runner = runner;
            this.stages = stages;
            thread = new Thread(Run) { Name = "netcd-" + name, IsBackground = true };
            foreach (IStage stage in stages)
            {
                stage.SetWaker(work.Set);
            }
        }

        /// <summary>When it began its last round.</summary>
        public long LastRound => Volatile.Read(ref lastRound);

        public void Start() => thread.Start();

        public void Dispose()
        {
            work.Set();
            thread.Join();
            work.Dispose();
        }

        private void Run()
        {
            try
            {
                while (!Volatile.Read(ref runner.isStopping))
                {
                    work.Reset();
                    long now = NowMilliseconds;
                    Volatile.Write(ref lastRound, now);
                    long next = long.MaxValue;
                    foreach (IStage stage in stages)
                    {
                        next = Math.Min(next, stage.Step(now));
                    }

                    runner.AfterRound();

                    Wait(next);
                }
            }
            catch (Exception failure)
            {
                runner.OnFailed(thread.Name!, failure);
            }
        }

        private void Wait(long until)
        {
            if (until == long.MaxValue)
            {
                work.Wait();
                return;
            }

            long milliseconds = until - NowMilliseconds;
            if (milliseconds > 0)
            {
                work.Wait((int)Math.Min(milliseconds, int.MaxValue));
            }
        }
    }
}
