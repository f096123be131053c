using Netcd.Client;
using Netcd.Client.Watching;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;

namespace Netcd.Tools.Ctl;

/// <summary><c>watch -i</c>: each line that is typed begins a watch, or asks how far those are that there are. It ends with what is
/// typed.</summary>
internal sealed class WatchSession(CtlContext context, EtcdClient client)
{
    private readonly WatchPrinter printer = new(context);
    private readonly List<AskedProgress> asked = [];
    private readonly TaskCompletionSource failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task<int> RunAsync()
    {
        while (true)
        {
            Task<string?> typing = Task.Run(context.Input.ReadLine);
            if (await Task.WhenAny(typing, failed.Task).ConfigureAwait(false) == failed.Task)
            {
                await failed.Task.ConfigureAwait(false);
                return ExitCodes.Failure;
            }

            string line = await typing.ConfigureAwait(false)
                ?? throw new CommandFailure(ExitCodes.InvalidInput, "error reading watch request line: EOF");
            await ObeyAsync(line, QuotedWords.Of(line)).ConfigureAwait(false);
        }
    }

    private async Task ObeyAsync(string line, string[] words)
    {
        switch (words.FirstOrDefault())
        {
            case null:
                context.Errors.WriteLine($"Invalid command: {line} (watch and progress supported)");
                break;
            case "watch":
                Watch(line, [.. words.Skip(1)]);
                break;
            case "progress":
                asked.ForEach(static watch => watch.Ask());
                await client.Watches.RequestProgressAsync().ConfigureAwait(false);
                break;
            default:
                context.Errors.WriteLine($"Invalid command {line} (only support watch)");
                break;
        }
    }

    /// <summary>Begins a watch. A line that cannot be read ends the session, one that asks for what cannot be is skipped: as in
    /// etcdctl.</summary>
    private void Watch(string line, string[] words)
    {
        WatchRequest request = new(context.Environment);
        if (words.Length == 0 && !request.HasKeyOutside)
        {
            context.Errors.WriteLine($"Invalid command {line} (command type or key is not provided)");
            return;
        }

        (IReadOnlyList<string> before, IReadOnlyList<string>? program) = FlagReader.SplitProgram(words);
        IReadOnlyList<string> keys = request.Keys(Read(before, request), program);
        try
        {
            _ = FollowAsync(request.Range(keys), request, program);
        }
        catch (CommandFailure impossible)
        {
            context.Errors.WriteLine($"Invalid command {line} ({impossible.Message})");
        }
    }

    private static List<string> Read(IReadOnlyList<string> words, WatchRequest request)
    {
        try
        {
            return FlagReader.Read(words, request.Flags);
        }
        catch (UsageException wrong)
        {
            throw new CommandFailure(ExitCodes.BadArguments, wrong.Message);
        }
    }

    private async Task FollowAsync(KeyRange range, WatchRequest request, IReadOnlyList<string>? program)
    {
        AskedProgress progress = new(request.HasProgress);
        asked.Add(progress);
        IAsyncEnumerable<WatchBatch> batches = client.Watches.WatchAsync(range, request.Options with { Progress = true });
        try
        {
            if (!await printer.FollowAsync(progress.FilterAsync(batches), program).ConfigureAwait(false))
            {
                failed.TrySetResult();
            }
        }
        catch (CommandFailure failure)
        {
            failed.TrySetException(failure);
        }
        catch (ObjectDisposedException)
        {
            // The session is over.
        }
    }

    /// <summary>Lets the answer to <c>progress</c> through, and, where nobody has asked for them, not what servers say by
    /// themselves.</summary>
    private sealed class AskedProgress(bool always)
    {
        private int open;

        public void Ask() => Interlocked.Increment(ref open);

        public async IAsyncEnumerable<WatchBatch> FilterAsync(IAsyncEnumerable<WatchBatch> batches)
        {
            await foreach (WatchBatch batch in batches.ConfigureAwait(false))
            {
                if (batch.Kind != WatchBatchKind.Progress || always || Interlocked.Exchange(ref open, 0) > 0)
                {
                    yield return batch;
                }
            }
        }
    }
}
