using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Watches;

/// <summary>A watch stream to one server, and all that came on it.</summary>
internal sealed class WatchClient : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly AsyncDuplexStreamingCall<WatchRequest, WatchResponse> call;
    private readonly Task reading;
    private readonly List<string> answers = [];
    private readonly Dictionary<long, List<string>> told = [];
    private readonly Dictionary<long, List<Event>> events = [];

    public WatchClient(GrpcChannel channel, Grpc.Core.Metadata? headers = null)
    {
        call = new Watch.WatchClient(channel).Watch(headers);
        reading = ReadAsync();
    }

    /// <summary>The status that the stream ended with.</summary>
    public async Task<Status> EndedAsync()
    {
        RpcException ended = await Assert.ThrowsAsync<RpcException>(() => reading.WaitAsync(Deadline));
        return new Status(ended.StatusCode, ended.Status.Detail);
    }

    public async Task<WatchResponse> CreateAsync(WatchCreateRequest request)
    {
        int before = Count(() => answers.Count);
        await call.RequestStream.WriteAsync(new WatchRequest { CreateRequest = request });
        await UntilAsync(() => answers.Count > before, $"no answer to {request}");
        lock (answers)
        {
            return WatchResponse.Parser.ParseJson(answers[^1]);
        }
    }

    public Task CancelAsync(long id) =>
        call.RequestStream.WriteAsync(new WatchRequest { CancelRequest = new WatchCancelRequest { WatchId = id } });

    public Task AskForProgressAsync() => call.RequestStream.WriteAsync(new WatchRequest { ProgressRequest = new WatchProgressRequest() });

    /// <summary>What a watch was told, each event by itself, for however they were put together is not for the client to rely on.</summary>
    public IReadOnlyList<string> Told(long id)
    {
        lock (answers)
        {
            return [.. told.GetValueOrDefault(id) ?? []];
        }
    }

    public IReadOnlyList<Event> Events(long id)
    {
        lock (answers)
        {
            return [.. events.GetValueOrDefault(id) ?? []];
        }
    }

    public Task UntilToldAsync(long id, int count) =>
        UntilAsync(() => (told.GetValueOrDefault(id)?.Count ?? 0) >= count, $"watch {id} is not told {count} things");

    public void Dispose() => call.Dispose();

    private int Count(Func<int> count)
    {
        lock (answers)
        {
            return count();
        }
    }

    private async Task UntilAsync(Func<bool> isSo, string otherwise)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < Deadline)
        {
            lock (answers)
            {
                if (isSo())
                {
                    return;
                }
            }

            await Task.Delay(2);
        }

        string all;
        lock (answers)
        {
            all = string.Join('\n', told.Select(watch => $"{watch.Key}:\n  {string.Join("\n  ", watch.Value.TakeLast(20))}"));
        }

        Assert.Fail($"{otherwise}\n{all}");
    }

    private async Task ReadAsync()
    {
        await foreach (WatchResponse response in call.ResponseStream.ReadAllAsync())
        {
            lock (answers)
            {
                Note(response);
            }
        }
    }

    private void Note(WatchResponse response)
    {
        if (response.Created)
        {
            answers.Add(response.ToString());
            return;
        }

        if (!told.TryGetValue(response.WatchId, out List<string>? lines))
        {
            told.Add(response.WatchId, lines = []);
            events.Add(response.WatchId, []);
        }

        lines.AddRange(response.Events.Select(told => told.ToString()));
        events[response.WatchId].AddRange(response.Events);
        if (response.Events.Count == 0)
        {
            lines.Add(response.ToString());
        }
    }
}
