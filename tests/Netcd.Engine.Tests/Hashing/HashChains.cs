using System.Collections;
using System.Reflection;

namespace Netcd.Engine.Tests.Hashing;

/// <summary>Looks into the runtime's hash tables: how many entries a look-up may have to step through.</summary>
internal static class HashChains
{
    private const BindingFlags Inner = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    /// <summary>The table in a field of an object.</summary>
    public static IEnumerable TableOf(object owner, string field) =>
        (IEnumerable)(owner.GetType().GetField(field, Inner)
            ?? throw new MissingFieldException(owner.GetType().Name, field)).GetValue(owner)!;

    /// <summary>Entries in the fullest bucket of a Dictionary or HashSet.</summary>
    public static int Longest(object table)
    {
        int[] buckets = (int[])table.GetType().GetField("_buckets", Inner)!.GetValue(table)!;
        Array entries = (Array)table.GetType().GetField("_entries", Inner)!.GetValue(table)!;
        Type entry = entries.GetType().GetElementType()!;
        FieldInfo next = entry.GetField("next", Inner) ?? entry.GetField("Next", Inner)!;
        int[] following = new int[entries.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            following[i] = (int)next.GetValue(entries.GetValue(i))!;
        }

        int longest = 0;
        foreach (int bucket in buckets)
        {
            int length = 0;
            for (int i = bucket - 1; i >= 0; i = following[i])
            {
                length++;
            }

            longest = Math.Max(longest, length);
        }

        return longest;
    }
}
