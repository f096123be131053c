using System.Text;
using Netcd.Client.Leases;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl;

/// <summary>How leases are written.</summary>
internal static class LeaseAnswers
{
    public static Answer Of(LeaseStatus status, bool withKeys)
    {
        long left = status.TimeLeft is { } time ? (long)time.TotalSeconds : -1;
        long granted = (long)status.GrantedTimeToLive.TotalSeconds;
        return new Answer
        {
            Simple = output => output.WriteLine(status.Exists
                ? $"lease {status.Id:x16} granted with TTL({granted}s), remaining({left}s)" + Attached(status, withKeys)
                : $"lease {status.Id:x16} already expired"),
            Fields = output =>
            {
                KeyAnswers.Fields(output, status.Header);
                output.WriteLine($"\"ID\" : {status.Id}");
                output.WriteLine($"\"TTL\" : {left}");
                output.WriteLine($"\"GrantedTTL\" : {granted}");
                foreach (ReadOnlyMemory<byte> key in status.Keys)
                {
                    output.WriteLine($"\"Key\" : {ByteText.Quote(key)}");
                }
            },
            Json = $"{{{GoJson.FieldsOf(Messages.Of(status.Header))},\"id\":{status.Id},\"ttl\":{left},\"granted-ttl\":{granted}"
                + $",\"keys\":{JsonOf(status.Keys)}}}",
        };
    }

    public static Answer Of(LeaseList list) => new()
    {
        Simple = output =>
        {
            output.WriteLine($"found {list.Ids.Count} leases");
            foreach (long id in list.Ids)
            {
                output.WriteLine($"{id:x16}");
            }
        },
        Fields = output =>
        {
            KeyAnswers.Fields(output, list.Header);
            foreach (long id in list.Ids)
            {
                output.WriteLine($"\"ID\" : {id}");
            }
        },
        Json = $"{{{GoJson.FieldsOf(Messages.Of(list.Header))},\"leases\":["
            + string.Join(',', list.Ids.Select(static id => $"{{\"id\":{id}}}")) + "]}",
    };

    private static string Attached(LeaseStatus status, bool withKeys) => withKeys
        ? $", attached keys([{string.Join(' ', status.Keys.Select(static key => Encoding.UTF8.GetString(key.Span)))}])"
        : "";

    private static string JsonOf(IReadOnlyList<ReadOnlyMemory<byte>> keys) => keys.Count == 0
        ? "null"
        : "[" + string.Join(',', keys.Select(static key => $"\"{Convert.ToBase64String(key.Span)}\"")) + "]";
}
