using Netcd.Raft.Wire;

namespace Netcd.Raft.Tests.Wire;

/// <summary>Bytes that etcd 3.5.30 wrote into its write-ahead log and snapshot, and bytes derived from the published field
/// numbers.</summary>
public class GoldenEncodingTests
{
    [Theory]
    [InlineData(
        "080110011801225c0800100018c8a5a0dcd782a0bc66224c7b226964223a373338333739323431383832393131323030382c227065657255524c73223a5b226874"
            + "74703a2f2f3132372e302e302e313a3432333830225d2c226e616d65223a226d31227d",
        EntryType.ConfChange, 1, 1)]
    [InlineData("080010021802", EntryType.Normal, 2, 2)]
    [InlineData("08001002180b221722080a026b3712027637a2060a0889be9498acc1a8e412", EntryType.Normal, 2, 11)]
    [InlineData(
        "0801100218112269088fbe9498acc1a8e412100318facdb8e4a98380ae1b22517b226964223a313937313435303835313137373134363130362c22706565725552"
            + "4c73223a5b22687474703a2f2f3132372e302e302e313a3432333930225d2c2269734c6561726e6572223a747275657d",
        EntryType.ConfChange, 2, 17)]
    public void Entries_of_etcd_are_read_and_written_byte_for_byte(string hex, EntryType type, int term, int index)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Entry entry = RaftWire.DecodeEntry(bytes);
        Assert.Equal((type, (ulong)term, (ulong)index), (entry.Type, entry.Term, entry.Index));
        Assert.Equal(bytes, RaftWire.Encode(in entry));
        Assert.Equal(bytes.Length, RaftWire.Size(in entry));
        if (type == EntryType.ConfChange)
        {
            Assert.Equal(entry.Data.ToArray(), RaftWire.Encode(RaftWire.DecodeConfChange(entry.Data)));
        }
    }

    [Fact]
    public void A_configuration_change_of_etcd_is_understood()
    {
        ConfChange change = RaftWire.DecodeConfChange(Convert.FromHexString("088fbe9498acc1a8e412100318facdb8e4a98380ae1b2203616263"));
        Assert.Equal(ConfChangeType.AddLearnerNode, change.Type);
        Assert.Equal(1971450851177146106UL, change.NodeId);
        Assert.Equal("abc"u8.ToArray(), change.Context.ToArray());
    }

    [Fact]
    public void A_hard_state_of_etcd_is_read_and_written_byte_for_byte()
    {
        byte[] bytes = Convert.FromHexString("080110001801");
        Assert.Equal(new HardState(1, 0, 1), RaftWire.DecodeHardState(bytes));
        Assert.Equal(bytes, RaftWire.Encode(new HardState(1, 0, 1)));
    }

    [Fact]
    public void A_snapshot_of_etcd_is_read_and_written_byte_for_byte()
    {
        byte[] bytes = Convert.FromHexString("0a02616212120a0c08c8a5a0dcd782a0bc662800100b1802");
        Snapshot snapshot = RaftWire.DecodeSnapshot(bytes);
        Assert.Equal((11UL, 2UL), (snapshot.Metadata.Index, snapshot.Metadata.Term));
        Assert.Equal([7383792418829112008UL], snapshot.Metadata.ConfState.Voters);
        Assert.Equal(bytes, RaftWire.Encode(snapshot));
    }

    [Fact]
    public void An_empty_message_names_all_its_numbers() =>
        Assert.Equal("08001000180020002800300040005000580068" + "00", Convert.ToHexStringLower(RaftWire.Encode(new Message())));

    [Fact]
    public void A_message_lays_its_fields_out_in_the_order_of_their_numbers()
    {
        Message message = new()
        {
            Type = MessageType.Append,
            To = 1,
            From = 2,
            Term = 3,
            LogTerm = 4,
            Index = 5,
            Entries = new[] { new Entry(EntryType.Normal, 3, 6, new byte[] { 0xaa }) },
            Commit = 7,
            Snapshot = Snapshot.Empty,
            Reject = true,
            RejectHint = 8,
            Context = new byte[] { 0xbb },
            Vote = 9,
            Responses = [new Message { Type = MessageType.AppendResponse }],
        };
        Assert.Equal(
            "0803" + "1001" + "1802" + "2003" + "2804" + "3005" + "3a09" + "080010031806" + "2201aa" + "4007"
            + "4a0a" + "1208" + "0a02" + "2800" + "10001800" + "5001" + "5808" + "6201bb" + "6809"
            + "7214" + "0804100018002000280030004000500058006800",
            Convert.ToHexStringLower(RaftWire.Encode(message)));
    }

    [Fact]
    public void A_configuration_change_of_the_newer_form_nests_its_steps()
    {
        ConfChangeV2 change = new()
        {
            Transition = ConfChangeTransition.JointExplicit,
            Changes = [new ConfChangeSingle(ConfChangeType.RemoveNode, 300)],
            Context = new byte[] { 1 },
        };
        Assert.Equal("0802" + "1205" + "080110ac02" + "1a0101", Convert.ToHexStringLower(RaftWire.Encode(change)));
    }

    [Fact]
    public void Packed_lists_are_read_as_well() =>
        Assert.Equal([1, 300], RaftWire.DecodeConfState(Convert.FromHexString("0a0301ac02")).Voters);

    [Fact]
    public void Unknown_fields_of_every_wire_type_are_skipped() =>
        Assert.Equal(
            new HardState(1, 2, 3),
            RaftWire.DecodeHardState(
                Convert.FromHexString("0801" + "f80105" + "1002" + "f9010102030405060708" + "fa0103616263" + "fd0101020304" + "1803")));
}
