using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Net.Client;
using Netcd.Engine.Auth;

namespace Netcd.Interop.Auth;

/// <summary>Somebody who calls both servers.</summary>
/// <param name="Name">What the caller is.</param>
/// <param name="Netcd">As netcd sees it.</param>
/// <param name="Etcd">As etcd sees it.</param>
internal sealed record MatrixCaller(string Name, CallerAt Netcd, CallerAt Etcd);

/// <summary>A caller at one of the servers.</summary>
/// <param name="Channel">How it calls over gRPC.</param>
/// <param name="Http">How it calls the gateway.</param>
/// <param name="Token">Its token; null for none.</param>
internal sealed record CallerAt(GrpcChannel Channel, HttpClient Http, string? Token);

/// <summary>Every call over every transport by every caller, to netcd and to etcd: the answers have to be the same.</summary>
/// <param name="isEnabled">Whether users have to say who they are.</param>
internal sealed class AuthorizationMatrix(bool isEnabled)
{
    private const int Parallel = 24;

    /// <summary>A change of the membership is dropped while another one is under way, in both.</summary>
    private static readonly SemaphoreSlim Membership = new(1);
    private readonly ConcurrentQueue<string> differences = new();
    private readonly ConcurrentDictionary<string, int> answers = new(StringComparer.Ordinal);
    private int cells;

    /// <summary>Makes all calls, and fails where one is answered differently and that is not known.</summary>
    public async Task RunAsync(IReadOnlyList<MatrixCaller> callers)
    {
        List<Func<Task>> work = [];
        int cell = 0;
        foreach (MatrixCaller caller in callers)
        {
            int ofGrpc = cell++;
            int ofGateway = cell++;
            int ofFormerPath = cell++;
            foreach (Call call in Calls.All)
            {
                MethodDescriptor method = Rpc.Method(call.Path);
                foreach (IMessage request in MatrixRequests.For(call.Path, ofGrpc).Where(_ => !EndsTheMatrix(call, caller)))
                {
                    work.Add(() => CompareAsync(
                        caller, call.Path, request, (at, path) => Rpc.AnswerAsync(at.Channel, path, request, at.Token)));
                }

                foreach ((string path, int own) in call.GatewayPaths.Zip([ofGateway, ofFormerPath]))
                {
                    foreach (IMessage request in MatrixRequests.For(call.Path, own).Where(_ => !EndsTheMatrix(call, caller)))
                    {
                        work.Add(() => CompareAsync(
                            caller, path, request, (at, _) => Gateway.AnswerAsync(at.Http, path, method, request, at.Token)));
                    }
                }
            }
        }

#pragma warning disable CA5394 // Callers take turns, so that no token is out of use for long.
        Func<Task>[] mixed = [.. work];
        new Random(7).Shuffle(mixed);
#pragma warning restore CA5394
        await System.Threading.Tasks.Parallel.ForEachAsync(
            mixed, new ParallelOptions { MaxDegreeOfParallelism = Parallel }, static async (one, _) => await one());
        IEnumerable<string> shown = differences.Order(StringComparer.Ordinal).Take(100);
        Assert.True(differences.IsEmpty, $"{differences.Count} of {cells} differ:\n{string.Join('\n', shown)}");
    }

    /// <summary>Fails where hardly anything was served or refused: then nothing was compared.</summary>
    public void AssertTellsApart()
    {
        Assert.True(cells > 1_000, $"only {cells} cells");
        foreach (string kind in (string[])[Rpc.Served, "permission denied", "not found", "already exists"])
        {
            int count = answers.Where(answer => answer.Key.Contains(kind, StringComparison.Ordinal)).Sum(static answer => answer.Value);
            Assert.True(count > 5, $"only {count} of {cells} answers are of the kind \"{kind}\"");
        }
    }

    /// <summary>Whoever may end the need to log in would end it for the others.</summary>
    private bool EndsTheMatrix(Call call, MatrixCaller caller) =>
        isEnabled && call == Calls.AuthDisable && MatrixWorld.MayDoEverything(caller.Name);

    /// <summary>etcd 3.5 has no RangeStream: its Range says who may have one.</summary>
    private static string InEtcd(string path) => path == Calls.RangeStream.Path ? Calls.Range.Path : path;

    /// <summary>
    /// Asks again where the server has not begun with the call, because the machine stood still: that does not answer whether the caller
    /// may.
    /// </summary>
    private static async Task<string> FinalAsync(Func<Task<string>> ask)
    {
        string answer = await ask();
        for (int times = 1; times < 5 && answer.Contains("waiting for the applied index took too long", StringComparison.Ordinal); times++)
        {
            answer = await ask();
        }

        return answer;
    }

    private async Task CompareAsync(MatrixCaller caller, string path, IMessage request, Func<CallerAt, string, Task<string>> answer)
    {
        bool isAlone = path.Contains("ember", StringComparison.Ordinal);
        if (isAlone)
        {
            await Membership.WaitAsync();
        }

        string[] both = await Task.WhenAll(
            FinalAsync(() => answer(caller.Etcd, InEtcd(path))), FinalAsync(() => answer(caller.Netcd, path)));
        if (isAlone)
        {
            Membership.Release();
        }

        (string etcd, string netcd) = (both[0], both[1]);
        Interlocked.Increment(ref cells);
        answers.AddOrUpdate(etcd.Split(" {")[0], 1, static (_, count) => count + 1);
        if (etcd != netcd && !MatrixDifferences.IsKnown(path, etcd, netcd))
        {
            differences.Enqueue($"{path} {request} by {caller.Name}:\n    etcd  {etcd}\n    netcd {netcd}");
        }
    }
}
