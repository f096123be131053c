using System.Reflection;
using System.Runtime.CompilerServices;

namespace Netcd.RepositoryTests;

/// <summary>What nobody outside of an assembly can use is used by the product.</summary>
public sealed class UnusedMemberTests
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly string[] Projects =
        ["Netcd.Raft", "Netcd.Storage", "Netcd.Engine", "Netcd.Coordination", "Netcd.Server", "Netcd.Tools"];

    /// <summary>What is there for tests and for the simulation's checkers alone: windows that change nothing.</summary>
    private static readonly HashSet<string> ForTests =
    [
        "Engine.Auth.GrantedRanges.Count",
        "Engine.Leases.LeaseClock.EntryCount",
        "Engine.Mvcc.MvccStore.Acquire",
        "Engine.Node.EtcdNode.ApplyWorkDone",
        "Engine.Node.EtcdNode.HasPutBackendRight",
        "Engine.Node.EtcdNode.Raft",
        "Engine.Watching.RangeTree.Height",
        "Raft.NodeSet.Of",
        "Raft.RaftNode.Core",
        "Raft.RaftNode.SetRandomizedElectionTimeout",
        "Server.Auth.JwtTokens.Remembered",
        "Server.Auth.LoginLockout.Count",
        "Server.EngineAccess.CallerIdentities.None",
        "Server.Gateway.MessageReader.Read",
        "Server.Hosting.ConnectionLimit.Most",
        "Storage.Wal.LogReplay.Markers",
    ];

    [Fact]
    public void Members_that_only_the_product_can_use_are_used_by_it()
    {
        Type[] types = [.. Projects.SelectMany(static project => Assembly.Load(project).GetTypes())];
        HashSet<(Module, int)> used = [.. types.SelectMany(References.MembersUsedBy)];
        string[] unused = [.. types.Where(IsWritten).SelectMany(Hidden)
            .Where(member => !IsUsed(member, used)).Select(Name).Order(StringComparer.Ordinal)];
        Assert.True(!unused.Except(ForTests).Any(), string.Join("\n", unused.Except(ForTests)));
        Assert.Equal([], ForTests.Except(unused));
    }

    /// <summary>Methods and properties that cannot be seen from outside, and are called by their names.</summary>
    private static IEnumerable<MemberInfo> Hidden(Type type)
    {
        bool isHidden = !type.IsVisible;
        IEnumerable<MemberInfo> methods = type.GetMethods(All)
            .Where(method => !method.IsSpecialName && !method.IsVirtual && IsWritten(method) && (isHidden || IsHidden(method)));
        IEnumerable<MemberInfo> properties = type.GetProperties(All)
            .Where(property => property.GetMethod is { IsVirtual: false } getter && IsWritten(property) && (isHidden || IsHidden(getter)));
        return methods.Concat(properties);
    }

    private static bool IsHidden(MethodInfo method) => method.IsAssembly || method.IsPrivate || method.IsFamilyAndAssembly;

    private static bool IsWritten(MemberInfo member) =>
        !member.Name.Contains('<', StringComparison.Ordinal)
        && !member.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
        && (member.DeclaringType is null || IsWritten(member.DeclaringType));

    private static bool IsUsed(MemberInfo member, HashSet<(Module, int)> used) =>
        used.Contains((member.Module, (member as PropertyInfo)?.GetMethod!.MetadataToken ?? member.MetadataToken));

    private static string Name(MemberInfo member) => $"{member.DeclaringType!.FullName![6..]}.{member.Name}";
}
