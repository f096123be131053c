using System.Text.Json;

namespace Netcd.Engine.Membership;

/// <summary>What a configuration change carries with it: the member, and whether a learner becomes a voter.</summary>
/// <param name="Member">The member added, updated or promoted.</param>
/// <param name="IsPromotion">Whether the member is known as a learner and gets a vote.</param>
public sealed record MemberChange(Member Member, bool IsPromotion)
{
    /// <summary>The JSON form of an addition or a promotion, as it stands in the log.</summary>
    public byte[] ToJson() => Member.ToJson(IsPromotion);

    /// <summary>Reads the JSON form; that of a member alone is an addition or an update.</summary>
    /// <exception cref="JsonException">It is not well-formed, or has no id.</exception>
    public static MemberChange FromJson(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json);
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        JsonElement root = document.RootElement;
        return new MemberChange(
            Member.FromJson(root), root.TryGetProperty("isPromote", out JsonElement flag) && flag.ValueKind == JsonValueKind.True);
    }
}
