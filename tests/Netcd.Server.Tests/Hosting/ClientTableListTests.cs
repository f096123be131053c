using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Netcd.Engine.Node;
using Netcd.Raft;
using Netcd.Server.Hosting;
using Netcd.Storage.Disk;

namespace Netcd.Server.Tests.Hosting;

/// <summary>The list of what others fill is complete.</summary>
public sealed class ClientTableListTests
{
    private static readonly Type[] Keys =
        [typeof(long), typeof(ulong), typeof(byte[]), typeof(ByteString), typeof(IPAddress), typeof(IPEndPoint), typeof(EndPoint)];

    private static readonly Type[] Tables =
    [
        typeof(Dictionary<,>), typeof(HashSet<>), typeof(SortedDictionary<,>),
        typeof(SortedSet<>), typeof(System.Collections.Concurrent.ConcurrentDictionary<,>),
        typeof(System.Collections.Immutable.ImmutableSortedSet<>),
        typeof(System.Collections.Immutable.ImmutableDictionary<,>), typeof(System.Collections.Immutable.ImmutableHashSet<>),
        typeof(System.Collections.Immutable.ImmutableSortedDictionary<,>),
    ];

    [Fact]
    public void Every_table_that_is_keyed_by_numbers_bytes_or_addresses_is_in_the_list_of_invariants()
    {
        string list = File.ReadAllText(Path.Combine(Root(), "docs", "invariants.md"));
        Assembly[] program = [typeof(EtcdServer).Assembly, typeof(EtcdNode).Assembly, typeof(RaftNode).Assembly,
            typeof(PhysicalDisk).Assembly, typeof(Netcd.Coordination.Locks).Assembly];
        string[] names = [.. program.SelectMany(static assembly => assembly.GetTypes())
            .Where(static type => !type.IsDefined(typeof(CompilerGeneratedAttribute))
                && !type.Name.StartsWith("Simulated", StringComparison.Ordinal))
            .SelectMany(static type => type.GetFields(
                BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(static field => IsTable(field.FieldType))
            .Select(static field => $"{field.DeclaringType!.Name}.{field.Name.Split('<', '>').First(static part => part.Length > 0)}")
            .Distinct()];
        Assert.Contains("LeaseTable.leases", names);
        Assert.Contains("WatchStream.Watches", names);
        Assert.All(names, name => Assert.Contains($"`{name}`", list, StringComparison.Ordinal));
    }

    private static bool IsTable(Type type) =>
        type.IsGenericType && Tables.Contains(type.GetGenericTypeDefinition()) && Keys.Contains(type.GetGenericArguments()[0]);

    private static string Root()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "netcd.slnx")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new InvalidOperationException("the tests run outside of the repository");
    }
}
