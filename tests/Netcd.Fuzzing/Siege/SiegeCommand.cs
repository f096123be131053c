using System.Diagnostics;
using System.Globalization;
using Netcd.Fuzzing.Siege.Attacks;

namespace Netcd.Fuzzing.Siege;

/// <summary>
/// Lays siege to a cluster of three: well-behaved clients work while attackers of every kind come in turn. It fails where the leader
/// changes, a member ends, a good call fails, the good calls' p99 stays beyond ten times the quiet one for more than a second, or memory
/// and descriptors do not come back.
/// </summary>
internal sealed class SiegeCommand(string program, TimeSpan time, IReadOnlyList<Attack> attacks, bool hasTls, bool hasUsers)
{
    private const int SlowFactor = 10;

    /// <summary>Below this no p99 counts as slow: attackers and clients share a machine with the members.</summary>
    private const double FloorMilliseconds = 25;

    private const long MemoryAllowance = 400L << 20;
    private const int DescriptorAllowance = 150;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MemoryRest = TimeSpan.FromSeconds(60);
    private readonly List<string> faults = [];
    private ulong term;
    private double quietP99;

    public static IReadOnlyList<Attack> AllAttacks { get; } =
        [.. ClientAttacks.All, .. LeaseAttacks.All, .. StreamAttacks.All,
            .. ConnectionAttacks.All, .. FrameAttacks.All, .. PeerAttacks.All, .. LoginAttacks.All];

    /// <summary>Runs it; the faults found are written out.</summary>
    /// <returns>Whether there were none.</returns>
    public async Task<bool> RunAsync()
    {
        await using SiegeCluster cluster = await SiegeCluster.StartAsync(program, hasTls, hasUsers).ConfigureAwait(false);
        using GoodClients clients = GoodClients.Start(cluster);
        await Task.Delay(TimeSpan.FromSeconds(3)).ConfigureAwait(false);
        clients.TakeLatencies();
        await Task.Delay(Quiet).ConfigureAwait(false);
        double[] quiet = clients.TakeLatencies();
        quietP99 = Percentile(quiet, 0.99);
        term = (await cluster.Leader.StatusAsync().ConfigureAwait(false))?.RaftTerm ?? 0;
        long quietMemory = cluster.Members.Max(static member => member.ResidentBytes);
        int quietDescriptors = cluster.Members.Max(static member => member.Descriptors);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{program}: quiet p50 {Percentile(quiet, 0.5):f1} ms, p99 {quietP99:f1} ms, {quietMemory >> 20} MB, {quietDescriptors} "
                + $"descriptors, leader {cluster.Leader.Name} at term {term}"));
        TimeSpan each = time / attacks.Count;
        foreach (Attack attack in attacks)
        {
            await RunAsync(cluster, clients, attack, each).ConfigureAwait(false);
            if (cluster.Members.FirstOrDefault(static member => member.HasExited) is { } dead)
            {
                Fault(attack.Name, $"{dead.Name} has ended");
                break;
            }
        }

        await CheckMemoryAsync(cluster, quietMemory, quietDescriptors).ConfigureAwait(false);
        Console.WriteLine(faults.Count == 0 ? "no fault" : $"{faults.Count} FAULTS:\n  {string.Join("\n  ", faults)}");
        return faults.Count == 0;
    }

    private async Task RunAsync(SiegeCluster cluster, GoodClients clients, Attack attack, TimeSpan each)
    {
        await cluster.FindLeaderAsync().ConfigureAwait(false);
        int failedBefore = clients.Failures.Count;
        clients.TakeLatencies();
        using CancellationTokenSource end = new(each);
        Task attacking = AttackAsync(cluster, attack, end.Token);
        List<double> all = [];
        List<double> seconds = [];
        (long memory, int descriptors, double worst, int slowSeconds) = (0, 0, 0, 0);
        Stopwatch clock = Stopwatch.StartNew();
        while (clock.Elapsed < each + Rest)
        {
            await Task.Delay(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
            double[] second = clients.TakeLatencies();
            all.AddRange(second);
            double p99 = second.Length == 0 ? 1_000 : Percentile(second, 0.99);
            seconds.Add(p99);
            worst = Math.Max(worst, p99);
            slowSeconds = p99 > SlowFactor * Math.Max(quietP99, FloorMilliseconds) ? slowSeconds + 1 : 0;
            if (slowSeconds == 2)
            {
                Fault(attack.Name, $"p99 of the good calls is {p99:f0} ms in the second second (quiet: {quietP99:f1} ms)");
            }

            memory = Math.Max(memory, cluster.Members.Max(static member => member.ResidentBytes));
            descriptors = Math.Max(descriptors, cluster.Members.Max(static member => member.Descriptors));
        }

        await attacking.ConfigureAwait(false);
        if (worst > SlowFactor * Math.Max(quietP99, FloorMilliseconds))
        {
            Console.WriteLine(
                $"{attack.Name}: p99 in ms of each second: {string.Join(' ', seconds.Select(static p99 => Line($"{p99:f0}")))}");
        }

        foreach (string failure in clients.Failures.Skip(failedBefore).Take(3))
        {
            Fault(attack.Name, failure);
        }

        await CheckTermAsync(cluster, attack).ConfigureAwait(false);
        double[] sorted = [.. all.Order()];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{attack.Name}: {attack.Sent} sent; good: {sorted.Length} calls, {clients.Failures.Count - failedBefore} failed, p50 "
                + $"{Percentile(sorted, 0.5):f1} ms, p99 {Percentile(sorted, 0.99):f1} ms, worst second {worst:f0} ms; at most "
                + $"{memory >> 20} MB, {descriptors} descriptors"));
    }

    private static async Task AttackAsync(SiegeCluster cluster, Attack attack, CancellationToken end)
    {
        try
        {
            await attack.RunAsync(cluster, end).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is Grpc.Core.RpcException or IOException
            or HttpRequestException or OperationCanceledException or System.Net.Sockets.SocketException)
        {
            // The server has the right to end what an attacker does.
        }
    }

    private async Task CheckTermAsync(SiegeCluster cluster, Attack attack)
    {
        ulong now = (await Task.WhenAll(cluster.Members.Select(static member => member.StatusAsync())).ConfigureAwait(false)).Max(
            static status => status?.RaftTerm ?? 0);
        if (now != term)
        {
            Fault(attack.Name, $"the term went from {term} to {now}");
            term = now;
        }
    }

    private async Task CheckMemoryAsync(SiegeCluster cluster, long quietMemory, int quietDescriptors)
    {
        (long memory, int descriptors) = (0, 0);
        Stopwatch clock = Stopwatch.StartNew();
        do
        {
            memory = cluster.Members.Max(static member => member.ResidentBytes);
            descriptors = cluster.Members.Max(static member => member.Descriptors);
            if (memory <= quietMemory + MemoryAllowance && descriptors <= quietDescriptors + DescriptorAllowance)
            {
                break;
            }

            await Task.Delay(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        }
        while (clock.Elapsed < MemoryRest);
        Console.WriteLine(Line($"afterwards: {memory >> 20} MB, {descriptors} descriptors"));
        if (memory > quietMemory + MemoryAllowance)
        {
            Fault("afterwards", $"{memory >> 20} MB are still held (quiet: {quietMemory >> 20} MB)");
        }

        if (descriptors > quietDescriptors + DescriptorAllowance)
        {
            Fault("afterwards", $"{descriptors} descriptors are still open (quiet: {quietDescriptors})");
        }
    }

    private void Fault(string attack, FormattableString what) => Fault(attack, Line(what));

    private void Fault(string attack, string what) => faults.Add($"{attack}: {what}");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static double Percentile(double[] sorted, double share) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
}
