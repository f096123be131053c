using System.Diagnostics;
using Netcd.Engine.Metering;
using Netcd.Engine.Node.Stages;
using Netcd.Engine.Scheduling;
using Netcd.Server.Flight;

namespace Netcd.Server.Running;

/// <summary>
/// Steps an engine's stages on threads: one for each stage that may block on the disk, one for all the others.
/// </summary>
/// <param name="stages">The stages.</param>
/// <param name="flight">Notes what the stages do.</param>
/// <param name="position">Where raft stands.</param>
/// <param name="afterRound">Called on a thread after each round of its stages' steps.</param>
/// <param name="failed">Called with the thread's name and what a stage threw.</param>
/// <remarks>A stage that throws has lost its invariants or its disk: <paramref name="failed"/> is called, and must end the
/// process.</remarks>
internal sealed class StageRunner(
    IReadOnlyList<IStage> stages, FlightRecorder flight, Func<RaftPosition> position, Action afterRound, Action<string, Exception> failed)
    : IDisposable
{
    private readonly List<StageThread> threads = [];
    private bool isStopping;

    private Action AfterRound { get; } = afterRound;

    private FlightRecorder Flight { get; } = flight;

    private Func<RaftPosition> Position { get; } = position;

    private Action<string, Exception> OnFailed { get; } = failed;

    /// <summary>
    /// Whether the thread of the stages that never wait for the disk has begun a round within that time. It has something to do at each
    /// of raft's ticks.
    /// </summary>
    public bool IsAlive(TimeSpan within) => NowMilliseconds - threads[0].LastRound <= within.TotalMilliseconds;

    /// <summary>Starts the threads.</summary>
    public void Start()
    {
        threads.Add(new StageThread(this, "engine", [.. stages.Where(stage => !stage.BlocksOnDisk)], isEngine: true));
        threads.AddRange(stages
            .Where(stage => stage.BlocksOnDisk)
            .Select(stage => new StageThread(this, stage.Name, [stage], isEngine: false)));
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
        private readonly StageFlight[] flights;
        private readonly bool isEngine;
        private readonly ManualResetEventSlim work = new(initialState: true, spinCount: 0);
        private readonly Thread thread;
        private long lastRound = NowMilliseconds;

        public StageThread(StageRunner runner, string name, IStage[] stages, bool isEngine)
        {
            this.runner = runner;
            this.stages = stages;
            this.isEngine = isEngine;
            flights = [.. stages.Select(stage => runner.Flight.Add(stage.Name))];
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
                    long next = StepAll(now);
                    runner.AfterRound();

                    Wait(next);
                }
            }
            catch (Exception failure)
            {
                runner.OnFailed(thread.Name!, failure);
            }
        }

        /// <summary>A round: a step of each stage, noted as it goes.</summary>
        private long StepAll(long now)
        {
            MonotonicClock clock = runner.Flight.Clock;
            long next = long.MaxValue;
            long began = clock.Now;
            for (int at = 0; at < stages.Length; at++)
            {
                int waiting = stages[at].Waiting;
                flights[at].Begin(began);
                next = Math.Min(next, stages[at].Step(now));
                long ended = clock.Now;
                flights[at].End(began, ended, waiting);
                began = ended;
            }

            if (isEngine)
            {
                runner.Flight.Observe(runner.Position(), began);
            }

            return next;
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
