using System.Reflection;

namespace Netcd.RepositoryTests;

/// <summary>Folders are layers: inside a project they depend on each other in one direction, and so do the projects.</summary>
public sealed class LayerTests
{
    /// <summary>The way into the client, which opens onto all that stands beside it and below.</summary>
    private const string ClientDoor = "Netcd.Client.EtcdClient";

    [Theory]
    [InlineData("Netcd.Client")]
    [InlineData("Netcd.Storage")]
    [InlineData("Netcd.Engine")]
    [InlineData("Netcd.Server")]
    public void No_folder_depends_on_one_that_depends_on_it(string project)
    {
        Dictionary<string, Dictionary<string, SortedSet<string>>> folders = FoldersOf(Assembly.Load(project));
        List<string> found = [];
        foreach (string[] circle in Circles.Of(folders.Keys, folder => folders[folder].Keys).Where(static circle => circle.Length > 1))
        {
            found.Add(string.Join(", ", circle));
            found.AddRange(
                from folder in circle
                from other in folders[folder]
                where circle.Contains(other.Key)
                select $"  {folder} -> {other.Key}: {string.Join(", ", other.Value)}");
        }

        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [Fact]
    public void A_circle_is_found_where_there_is_one()
    {
        Dictionary<string, string[]> next = new() { ["a"] = ["b", "d"], ["b"] = ["c"], ["c"] = ["a"], ["d"] = [] };
        Assert.Equal([["d"], ["a", "b", "c"]], Circles.Of(next.Keys, node => next[node]));
        Assert.Contains(typeof(Circles), References.Of(typeof(LayerTests)));
    }

    /// <summary>Each folder's others that it depends on, and by which types.</summary>
    private static Dictionary<string, Dictionary<string, SortedSet<string>>> FoldersOf(Assembly assembly)
    {
        Dictionary<string, Dictionary<string, SortedSet<string>>> folders = [];
        foreach (Type type in assembly.GetTypes().Where(IsOurs))
        {
            string folder = FolderOf(type);
            if (!folders.TryGetValue(folder, out Dictionary<string, SortedSet<string>>? others))
            {
                folders[folder] = others = [];
            }

            foreach (Type other in References.Of(type)
                .Where(other => other.Assembly == assembly && IsOurs(other) && FolderOf(other) != folder))
            {
                SortedSet<string> uses = others.TryGetValue(FolderOf(other), out SortedSet<string>? all)
                    ? all
                    : others[FolderOf(other)] = [];
                uses.Add($"{Outer(type).Name}->{Outer(other).Name}");
            }
        }

        return folders;
    }

    private static string FolderOf(Type type) => Outer(type).FullName == ClientDoor ? ClientDoor : type.Namespace!;

    private static bool IsOurs(Type type) => type.Namespace?.StartsWith("Netcd.", StringComparison.Ordinal) == true;

    private static Type Outer(Type type) => type.DeclaringType is { } outer ? Outer(outer) : type;
}
